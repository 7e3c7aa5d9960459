"""What is offered when clocks are set forward or back, to be read as people read a clock.

New York skips 2:00 to 3:00 on 2027-03-14 and has 1:00 to 2:00 twice on 2026-11-01.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.engine.openings import DAY, WeeklyRule, open_intervals
from booking.engine.slots import VisitShape, find_starts
from booking.tests.engine.strategies import NEW_YORK, days, modest, shapes, weekly_rules, zones

FALL_BACK = date(2026, 11, 1)
SPRING_FORWARD = date(2027, 3, 14)
ALL_WEEK = [WeeklyRule(weekday, 0, DAY) for weekday in range(7)]


def offer(
    first: date,
    last: date,
    *,
    zone: ZoneInfo = NEW_YORK,
    rules: list[WeeklyRule] = ALL_WEEK,
    shape: VisitShape,
) -> list[datetime]:
    """Return what is offered in these days, as aware local times."""
    starts = find_starts(
        openings=open_intervals(first=first, last=last, zone=zone, rules=rules),
        busy=[],
        shape=shape,
        earliest=-(10**9),
        latest=10**9,
    )
    return [datetime.fromtimestamp(start * 60, zone) for start in starts]


def read_clock(offered: list[datetime]) -> list[str]:
    return [f"{start:%H:%M %Z}" for start in offered]


def test_half_hours_of_the_day_with_a_repeated_hour() -> None:
    offered = offer(FALL_BACK, FALL_BACK, shape=VisitShape(30, start_step=30))

    assert read_clock(offered)[:6] == [
        "00:00 EDT",
        "00:30 EDT",
        "01:00 EDT",
        "01:30 EDT",
        "02:00 EST",
        "02:30 EST",
    ]
    assert len(offered) == 48


def test_half_hours_of_the_day_with_a_skipped_hour() -> None:
    offered = offer(SPRING_FORWARD, SPRING_FORWARD, shape=VisitShape(30, start_step=30))

    assert read_clock(offered)[:6] == [
        "00:00 EST",
        "00:30 EST",
        "01:00 EST",
        "01:30 EST",
        "03:00 EDT",
        "03:30 EDT",
    ]
    assert len(offered) == 46


def test_visit_over_a_skipped_hour_lasts_as_long_as_ever() -> None:
    offered = offer(
        SPRING_FORWARD,
        SPRING_FORWARD,
        rules=[WeeklyRule(6, 60, 240)],
        shape=VisitShape(60, start_step=30),
    )

    assert read_clock(offered) == ["01:00 EST", "01:30 EST", "03:00 EDT"]


def test_visit_that_would_run_into_the_second_pass_is_not_offered() -> None:
    offered = offer(FALL_BACK, FALL_BACK, rules=[WeeklyRule(6, 60, 240)], shape=VisitShape(45, start_step=15))

    assert read_clock(offered)[:3] == ["01:00 EDT", "01:15 EDT", "02:00 EST"]


@pytest.mark.parametrize(
    ("day", "minute", "moments"),
    [
        (FALL_BACK, 90, ["2026-11-01T05:30"]),
        (FALL_BACK, 120, ["2026-11-01T07:00"]),
        (SPRING_FORWARD, 150, []),
        (SPRING_FORWARD, 180, ["2027-03-14T07:00"]),
    ],
)
def test_one_wall_time_is_one_moment_or_none(day: date, minute: int, moments: list[str]) -> None:
    shape = VisitShape(1, start_step=1)

    offered = offer(day, day, rules=[WeeklyRule(6, minute, minute + 1)], shape=shape)

    assert [f"{start.astimezone(UTC):%Y-%m-%dT%H:%M}" for start in offered] == moments


@modest
@given(data=st.data(), first=days, zone=zones, shape=shapes)
def test_every_offer_is_a_wall_time_that_exists_and_comes_once(
    data: st.DataObject, first: date, zone: ZoneInfo, shape: VisitShape
) -> None:
    rules = data.draw(st.lists(weekly_rules(first), min_size=1, max_size=5) | st.just(ALL_WEEK))
    last = first + timedelta(days=2)

    offered = offer(first, last, zone=zone, rules=rules, shape=shape)

    on_the_wall = [start.replace(tzinfo=None) for start in offered]
    assert all(earlier < later for earlier, later in pairwise(on_the_wall))
    assert all(first <= wall.date() <= last for wall in on_the_wall)
    for wall, start in zip(on_the_wall, offered, strict=True):
        # Read as the first pass, the wall time is this very moment: not a skipped one, not a second pass.
        assert wall.replace(tzinfo=zone).astimezone(UTC) == start.astimezone(UTC)
        minute = wall.hour * 60 + wall.minute
        assert any(rule.weekday == wall.weekday() and rule.starts <= minute < rule.ends for rule in rules)


@modest
@given(first=days, zone=zones, before=st.integers(0, 40), after=st.integers(0, 40))
def test_what_is_offered_on_a_day_does_not_depend_on_the_days_asked_for(
    first: date, zone: ZoneInfo, before: int, after: int
) -> None:
    shape = VisitShape(50, start_step=35)

    alone = offer(first, first, zone=zone, shape=shape)
    among_others = offer(
        first - timedelta(days=before), first + timedelta(days=after), zone=zone, shape=shape
    )

    assert alone == [start for start in among_others if start.date() == first]
