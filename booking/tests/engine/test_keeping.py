from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.engine.keeping import KeptHours, find_kept
from booking.engine.openings import DAY, WeeklyRule
from booking.tests.engine.strategies import NEW_YORK

TUESDAY = date(2026, 12, 1)
ELEVEN_TO_NOON = WeeklyRule(weekday=1, starts=11 * 60, ends=12 * 60)


def at(wall: str, day: date = TUESDAY, zone: ZoneInfo = NEW_YORK) -> int:
    moment = datetime.combine(day, datetime.strptime(wall, "%H:%M").time(), zone)  # noqa: DTZ007
    return int(moment.timestamp()) // 60


def keep(
    *kept: tuple[WeeklyRule, int | None], now: int, first: date = TUESDAY, last: date = TUESDAY
) -> list[tuple[int, int]]:
    hours = [KeptHours(hours=rule, opens_before=opens_before) for rule, opens_before in kept]
    return find_kept(hours, first=first, last=last, zone=NEW_YORK, now=now)


@pytest.mark.parametrize(
    ("opens_before", "now", "is_kept"),
    [
        (None, at("11:59"), True),
        (DAY, at("10:59", TUESDAY - timedelta(days=1)), True),
        (DAY, at("11:00", TUESDAY - timedelta(days=1)), False),
        (60, at("9:59"), True),
        (60, at("10:00"), False),
    ],
)
def test_time_opens_as_a_whole_so_long_before_it_begins(opens_before: int | None, now: int, is_kept: bool):
    kept = keep((ELEVEN_TO_NOON, opens_before), now=now)

    assert kept == ([(at("11:00"), at("12:00"))] if is_kept else [])


def test_each_week_opens_for_itself():
    next_week = TUESDAY + timedelta(days=7)

    kept = keep((ELEVEN_TO_NOON, DAY), now=at("9:00"), last=next_week)

    assert kept == [(at("11:00", next_week), at("12:00", next_week))]


def test_what_one_keeps_another_does_not_open():
    to_one = WeeklyRule(weekday=1, starts=11 * 60 + 30, ends=13 * 60)

    kept = keep((ELEVEN_TO_NOON, None), (to_one, DAY), now=at("9:00"))

    assert kept == [(at("11:00"), at("12:00"))]


def test_a_clock_that_was_set_back_does_not_open_an_hour_early():
    sunday = date(2026, 11, 1)
    two_to_three = WeeklyRule(weekday=6, starts=2 * 60, ends=3 * 60)

    # 2:00 comes 24 hours after 3:00 of the day before: the clock shows 1:00 to 2:00 twice.
    before = keep((two_to_three, DAY), now=at("2:59", date(2026, 10, 31)), first=sunday, last=sunday)
    after = keep((two_to_three, DAY), now=at("3:00", date(2026, 10, 31)), first=sunday, last=sunday)

    assert before == [(at("2:00", sunday), at("3:00", sunday))]
    assert after == []
