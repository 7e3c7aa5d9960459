"""Dates and times as patients read them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.template import Context, Template
from django.utils import timezone

from booking.templatetags import times

NEW_YORK = ZoneInfo("America/New_York")
HONOLULU = ZoneInfo("Pacific/Honolulu")


@pytest.mark.parametrize(
    ("hour", "minute", "words"),
    [(0, 5, "12:05\xa0am"), (8, 20, "8:20\xa0am"), (12, 0, "12:00\xa0pm"), (14, 40, "2:40\xa0pm")],
)
def test_clock_has_twelve_hours_and_halves(hour: int, minute: int, words: str) -> None:
    assert times.clock(datetime(2026, 11, 24, hour, minute, tzinfo=NEW_YORK)) == words


def test_filters_never_move_a_time_to_another_zone() -> None:
    late_in_honolulu = datetime(2026, 11, 24, 20, 0, tzinfo=HONOLULU)
    template = Template(
        "{% load times %}{{ at|clock }}, {{ at|long_day }}, {{ at|short_day }}, {{ at|wall:'j' }}"
    )

    with timezone.override(UTC):
        text = template.render(Context({"at": late_in_honolulu}))

    assert text == "8:00\xa0pm, Tuesday, November\xa024, Tue, Nov\xa024, 24"


def test_full_day_names_the_year() -> None:
    assert times.full_day(datetime(2027, 1, 4, tzinfo=NEW_YORK)) == "Monday, January\xa04, 2027"


@pytest.mark.parametrize(
    ("day", "words"),
    [(23, "Today, November\xa023"), (24, "Tomorrow, November\xa024"), (25, "Wednesday, November\xa025")],
)
def test_near_day_counts_from_today_where_the_visit_is(day: int, words: str) -> None:
    # Tuesday in UTC, still Monday evening in New York.
    with time_machine.travel(datetime(2026, 11, 24, 3, 0, tzinfo=UTC)):
        assert times.near_day(datetime(2026, 11, day, 9, 0, tzinfo=NEW_YORK)) == words


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("America/New_York", "Eastern Time (New York)"),
        (HONOLULU, "Hawaii Time (Honolulu)"),
        ("Europe/London", "London time"),
    ],
)
def test_zone_label_says_what_people_call_it(zone: ZoneInfo | str, words: str) -> None:
    assert times.zone_label(zone) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(1, "1\xa0minute"), (40, "40\xa0minutes"), (60, "1\xa0hour"), (150, "2\xa0hours 30\xa0minutes")],
)
def test_spell_minutes_speaks_of_hours_when_there_are_some(minutes: int, words: str) -> None:
    assert times.spell_minutes(minutes) == words
