from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.engine.offering import (
    SHORTEST_ANSWER,
    PartOfDay,
    Wish,
    is_daytime,
    measure_answer,
    was_freed,
)

NEW_YORK = ZoneInfo("America/New_York")


def minutes(clock: str, day: int = 24) -> int:
    """UTC minutes of a wall time in New York, of a day in November 2026; the 24th is a Tuesday."""
    at = datetime.combine(date(2026, 11, day), time.fromisoformat(clock), NEW_YORK)
    return int(at.timestamp()) // 60


def fits(wish: Wish, clock: str, day: int = 24, now: str = "09:00", zone: ZoneInfo = NEW_YORK) -> bool:
    return wish.fits(start=minutes(clock, day), now=minutes(now, 23), zone=zone, practitioner=1, location=5)


def make_wish(**changes: object) -> Wish:
    return Wish(**{"until": date(2026, 11, 30), "notice": 24 * 60, **changes})


@pytest.mark.parametrize(
    ("wish", "clock", "day", "answer"),
    [
        (make_wish(), "10:00", 24, True),
        (make_wish(), "09:00", 24, True),
        (make_wish(), "08:59", 24, False),
        (make_wish(notice=120), "11:00", 23, True),
        (make_wish(until=date(2026, 11, 24)), "23:59", 24, True),
        (make_wish(until=date(2026, 11, 24)), "00:00", 25, False),
        (make_wish(weekdays=frozenset({1})), "10:00", 24, True),
        (make_wish(weekdays=frozenset({2, 4})), "10:00", 24, False),
        (make_wish(part_of_day=PartOfDay.MORNING), "11:59", 24, True),
        (make_wish(part_of_day=PartOfDay.MORNING), "12:00", 24, False),
        (make_wish(part_of_day=PartOfDay.AFTERNOON), "12:00", 24, True),
        (make_wish(part_of_day=PartOfDay.AFTERNOON), "11:59", 24, False),
        (make_wish(practitioners=frozenset({1, 2})), "10:00", 24, True),
        (make_wish(practitioners=frozenset({2})), "10:00", 24, False),
        (make_wish(locations=frozenset({5})), "10:00", 24, True),
        (make_wish(locations=frozenset({6})), "10:00", 24, False),
        (make_wish(before=minutes("10:01")), "10:00", 24, True),
        (make_wish(before=minutes("10:00")), "10:00", 24, False),
    ],
)
def test_wish_fits(wish: Wish, clock: str, day: int, answer: bool):
    assert fits(wish, clock, day) is answer


def test_days_and_parts_of_the_day_are_those_of_the_place():
    late_in_new_york = make_wish(until=date(2026, 11, 24), part_of_day=PartOfDay.AFTERNOON)

    assert fits(late_in_new_york, "23:30")
    # There it is half past four in the morning, of the next day.
    assert not fits(late_in_new_york, "23:30", zone=ZoneInfo("Europe/London"))


def test_freed_time_is_half_open():
    freed = [(100, 140)]

    assert was_freed((139, 150), freed)
    assert was_freed((60, 200), freed)
    assert not was_freed((140, 180), freed)
    assert not was_freed((60, 100), freed)
    assert not was_freed((60, 100), [])


@pytest.mark.parametrize(
    ("until_start", "answer"),
    [(10_000, 60), (240, 60), (200, 50), (60, 15), (40, 10), (20, 10), (10, 10), (5, 5), (0, 1)],
)
def test_answer_is_shorter_the_nearer_the_visit(until_start: int, answer: int):
    assert measure_answer(start=1_000 + until_start, now=1_000, longest=60) == answer


@given(st.integers(SHORTEST_ANSWER, 20_000), st.integers(1, 600))
def test_answer_never_ends_after_the_visit_begins(until_start: int, longest: int):
    answer = measure_answer(start=until_start, now=0, longest=longest)

    assert 1 <= answer <= until_start
    assert answer <= max(longest, SHORTEST_ANSWER)


@pytest.mark.parametrize(
    ("clock", "answer"), [("07:59", False), ("08:00", True), ("19:59", True), ("20:00", False)]
)
def test_daytime_is_that_of_the_zone(clock: str, answer: bool):
    at = datetime.combine(date(2026, 11, 24), time.fromisoformat(clock), NEW_YORK)

    assert is_daytime(at, zone=NEW_YORK, begins=time(8), ends=time(20)) is answer
