from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.engine.openings import DAY, DateSpan, Opening, WeeklyRule, open_intervals
from booking.engine.rules import Code, Refusal, booking_window, check_start
from booking.engine.slots import VisitShape, find_rooms_free, find_starts
from booking.tests.engine.strategies import (
    NEW_YORK,
    date_spans,
    days,
    modest,
    shapes,
    weekly_rules,
    zones,
)

# A Tuesday, 9 to 17 by the clock in New York, seen from the Monday a week before at 10:00.
TUESDAY = date(2026, 12, 1)


def at(wall: str, day: date = TUESDAY, zone: ZoneInfo = NEW_YORK) -> int:
    hour, minute = wall.split(":")
    return int(datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=zone).timestamp()) // 60


NOW = at("10:00", TUESDAY - timedelta(days=8))


def check(start: int, *, closed: list[DateSpan] | None = None, **changes: Any) -> list[Refusal]:
    hours = {
        "first": TUESDAY,
        "last": TUESDAY,
        "zone": NEW_YORK,
        "rules": [WeeklyRule(1, 9 * 60, 12 * 60), WeeklyRule(1, 13 * 60, 17 * 60)],
    }
    facts: dict[str, Any] = {
        "start": start,
        "now": NOW,
        "shape": VisitShape(duration=30, buffer_before=5, buffer_after=10, start_step=15),
        "minimum_notice": 24 * 60,
        "horizon_days": 60,
        "zone": NEW_YORK,
        "openings": open_intervals(**hours, closed=closed or []),
        "openings_without_closings": open_intervals(**hours),
        "busy": [],
        "rooms_busy": None,
        "daily_limit": None,
        "booked_that_day": 0,
        "offers_type": True,
    }
    return check_start(**(facts | changes))


@pytest.mark.parametrize("wall", ["9:00", "9:15", "11:30", "13:00", "16:30"])
def test_check_start_of_a_free_time(wall: str) -> None:
    assert check(at(wall)) == []


@pytest.mark.parametrize(
    ("now", "refusals"),
    [
        (at("9:00", TUESDAY - timedelta(days=1)), []),
        (at("9:01", TUESDAY - timedelta(days=1)), [Refusal(Code.TOO_SOON, minutes=1440)]),
        (at("9:00"), [Refusal(Code.TOO_SOON, minutes=1440)]),
        (at("9:01"), [Refusal(Code.PAST)]),
        (at("9:00", TUESDAY + timedelta(days=1)), [Refusal(Code.PAST)]),
        (at("0:00", TUESDAY - timedelta(days=60)), []),
        (at("23:59", TUESDAY - timedelta(days=61)), [Refusal(Code.TOO_FAR, count=60)]),
    ],
)
def test_check_start_from_nearer_and_farther(now: int, refusals: list[Refusal]) -> None:
    assert check(at("9:00"), now=now) == refusals


def test_check_start_in_the_last_minute_of_the_horizon() -> None:
    late = [Opening(at("23:00"), at("23:00") + 60, at("23:00"))]
    hours: dict[str, Any] = {"openings": late, "openings_without_closings": late, "horizon_days": 8}
    minute = VisitShape(duration=1, start_step=1)

    assert check(at("23:59"), shape=minute, **hours) == []
    assert check(at("23:59"), shape=minute, **(hours | {"horizon_days": 7})) == [
        Refusal(Code.TOO_FAR, count=7)
    ]


@pytest.mark.parametrize(
    ("wall", "codes"),
    [
        ("8:45", [Code.OUTSIDE_HOURS]),
        ("8:50", [Code.OUTSIDE_HOURS]),
        ("9:05", [Code.OFF_GRID]),
        ("11:45", [Code.OUTSIDE_HOURS]),
        ("11:50", [Code.OUTSIDE_HOURS, Code.OFF_GRID]),
        ("12:30", [Code.OUTSIDE_HOURS]),
        ("16:45", [Code.OUTSIDE_HOURS]),
        ("17:00", [Code.OUTSIDE_HOURS]),
    ],
)
def test_check_start_around_the_hours(wall: str, codes: list[Code]) -> None:
    assert [refusal.code for refusal in check(at(wall))] == codes


@pytest.mark.parametrize(
    ("wall", "codes"),
    [
        ("13:30", []),
        ("13:45", [Code.CLOSED]),
        ("14:30", [Code.CLOSED]),
        ("14:35", [Code.CLOSED, Code.OFF_GRID]),
        ("15:00", []),
        ("8:45", [Code.OUTSIDE_HOURS]),
    ],
)
def test_check_start_around_a_closing_from_two_to_three(wall: str, codes: list[Code]) -> None:
    closed = [DateSpan(TUESDAY, TUESDAY, 14 * 60, 15 * 60)]

    assert [refusal.code for refusal in check(at(wall), closed=closed)] == codes


def test_check_start_on_a_holiday_tells_closed_from_outside_hours() -> None:
    holiday = [DateSpan(TUESDAY, TUESDAY)]

    assert check(at("10:00"), closed=holiday) == [Refusal(Code.CLOSED)]
    assert check(at("3:00"), closed=holiday) == [Refusal(Code.OUTSIDE_HOURS)]
    assert check(at("8:45"), closed=holiday) == [Refusal(Code.CLOSED), Refusal(Code.OUTSIDE_HOURS)]


@pytest.mark.parametrize(
    ("ends", "starts", "is_taken"),
    [("9:55", "10:40", False), ("9:56", "10:40", True), ("9:55", "10:39", True)],
)
def test_check_start_counts_buffers_as_taken(ends: str, starts: str, is_taken: bool) -> None:
    busy = [(at("9:00"), at(ends)), (at(starts), at("12:00"))]

    assert check(at("10:00"), busy=busy) == ([Refusal(Code.TAKEN)] if is_taken else [])


@pytest.mark.parametrize(
    ("rooms_busy", "refusals"),
    [
        (None, []),
        ([], [Refusal(Code.NO_ROOM)]),
        ([[]], []),
        ([[(at("10:00"), at("10:10"))]], [Refusal(Code.NO_ROOM)]),
        ([[(at("10:00"), at("10:10"))], []], []),
        ([[(at("10:00"), at("10:10"))], [(at("10:10"), at("10:30"))]], [Refusal(Code.NO_ROOM)]),
    ],
)
def test_check_start_with_rooms(rooms_busy: list[Any] | None, refusals: list[Refusal]) -> None:
    assert check(at("10:00"), rooms_busy=rooms_busy) == refusals


@pytest.mark.parametrize(
    ("daily_limit", "booked_that_day", "refusals"),
    [
        (None, 99, []),
        (3, 2, []),
        (3, 3, [Refusal(Code.DAY_FULL, count=3)]),
        (3, 4, [Refusal(Code.DAY_FULL, count=3)]),
        (0, 0, [Refusal(Code.DAY_FULL, count=0)]),
    ],
)
def test_check_start_with_a_daily_limit(
    daily_limit: int | None, booked_that_day: int, refusals: list[Refusal]
) -> None:
    assert check(at("10:00"), daily_limit=daily_limit, booked_that_day=booked_that_day) == refusals


def test_check_start_of_a_type_the_practitioner_does_not_do() -> None:
    assert check(at("10:00"), offers_type=False) == [Refusal(Code.WRONG_PRACTITIONER)]


def test_check_start_reports_every_refusal() -> None:
    refusals = check(
        at("11:50"),
        now=at("10:00", TUESDAY - timedelta(days=90)),
        closed=[DateSpan(TUESDAY, TUESDAY)],
        busy=[(at("11:00"), at("12:00"))],
        rooms_busy=[],
        daily_limit=5,
        booked_that_day=5,
        offers_type=False,
    )

    assert refusals == [
        Refusal(Code.TOO_FAR, count=60),
        Refusal(Code.CLOSED),
        Refusal(Code.OUTSIDE_HOURS),
        Refusal(Code.OFF_GRID, minutes=15),
        Refusal(Code.WRONG_PRACTITIONER),
        Refusal(Code.DAY_FULL, count=5),
        Refusal(Code.TAKEN),
        Refusal(Code.NO_ROOM),
    ]


BROKEN: dict[Code, dict[str, Any]] = {
    Code.TOO_SOON: {"minimum_notice": 10 * DAY},
    Code.TOO_FAR: {"horizon_days": 7},
    Code.CLOSED: {"closed": [DateSpan(TUESDAY, TUESDAY, 10 * 60, 11 * 60)]},
    Code.OFF_GRID: {"shape": VisitShape(duration=30, start_step=45)},
    Code.WRONG_PRACTITIONER: {"offers_type": False},
    Code.DAY_FULL: {"daily_limit": 1, "booked_that_day": 1},
    Code.TAKEN: {"busy": [(at("10:00"), at("10:10"))]},
    Code.NO_ROOM: {"rooms_busy": [[(at("10:00"), at("10:10"))]]},
}


@modest
@given(st.sets(st.sampled_from(list(BROKEN))))
def test_check_start_reports_exactly_the_rules_that_are_broken(broken: set[Code]) -> None:
    facts = {name: value for code in broken for name, value in BROKEN[code].items()}

    refusals = check(at("10:00"), **facts)

    assert [refusal.code for refusal in refusals] == [code for code in Code if code in broken]


@pytest.mark.parametrize(
    ("zone_name", "now", "horizon_days", "latest"),
    [
        # 23:59 by the clock of the zone, before and after its clocks change.
        ("America/New_York", "2026-10-31T12:00", 0, "2026-11-01T03:59"),
        ("America/New_York", "2026-10-31T12:00", 1, "2026-11-02T04:59"),
        ("America/New_York", "2027-03-13T12:00", 1, "2027-03-15T03:59"),
        # In New York it is still the evening before.
        ("America/New_York", "2026-12-02T04:59", 0, "2026-12-02T04:59"),
        ("America/New_York", "2026-12-02T05:00", 0, "2026-12-03T04:59"),
        ("Asia/Tokyo", "2026-12-01T15:00", 0, "2026-12-02T14:59"),
        # In Havana the hour after this midnight is skipped: 23:59 is followed by 1:00.
        ("America/Havana", "2027-03-13T12:00", 0, "2027-03-14T04:59"),
    ],
)
def test_booking_window_ends_with_the_local_day(
    zone_name: str, now: str, horizon_days: int, latest: str
) -> None:
    now_minutes = int(datetime.fromisoformat(now).replace(tzinfo=UTC).timestamp()) // 60

    window = booking_window(
        now=now_minutes, minimum_notice=90, horizon_days=horizon_days, zone=ZoneInfo(zone_name)
    )

    assert window[0] == now_minutes + 90
    assert datetime.fromtimestamp(window[1] * 60, UTC).strftime("%Y-%m-%dT%H:%M") == latest


@st.composite
def situations(draw: st.DrawFn) -> tuple[range, dict[str, Any]]:
    """The minutes of a day, with some on both sides, and the facts for check_start at any of them."""
    day, zone = draw(days), draw(zones)
    first, last = day - timedelta(days=1), day + timedelta(days=1)
    opens = draw(st.integers(0, 18)) * 60
    rules = [WeeklyRule(weekday, opens, DAY) for weekday in range(7)]
    rules += draw(st.lists(weekly_rules(day), max_size=3))
    hours: dict[str, Any] = {"first": first, "last": last, "zone": zone, "rules": rules}
    midnight = at("0:00", day, zone)
    visits = st.tuples(st.integers(midnight, midnight + DAY), st.integers(1, 90)).map(
        lambda visit: (visit[0], visit[0] + visit[1])
    )
    calendars = st.lists(visits, max_size=8)
    return range(midnight - 60, midnight + DAY + 60), {
        "now": midnight + draw(st.integers(-3 * DAY, 12 * 60)),
        "shape": draw(shapes),
        "minimum_notice": draw(st.sampled_from([0, 60, DAY])),
        "horizon_days": draw(st.integers(1, 4)),
        "zone": zone,
        "openings": open_intervals(**hours, closed=draw(st.lists(date_spans(day), max_size=1))),
        "openings_without_closings": open_intervals(**hours),
        "busy": draw(calendars),
        "rooms_busy": draw(st.none() | st.lists(calendars, min_size=1, max_size=2)),
        "daily_limit": draw(st.sampled_from([None, None, 2])),
        "booked_that_day": draw(st.integers(0, 2)),
        "offers_type": draw(st.sampled_from([True, True, True, False])),
    }


@modest
@given(situations())
def test_check_start_refuses_nothing_exactly_where_find_starts_offers(
    situation: tuple[range, dict[str, Any]],
) -> None:
    minutes, facts = situation
    earliest, latest = booking_window(
        **{name: facts[name] for name in ("now", "minimum_notice", "horizon_days", "zone")}
    )
    offered = find_starts(
        **{name: facts[name] for name in ("openings", "busy", "shape")},
        rooms_free=None
        if facts["rooms_busy"] is None
        else find_rooms_free(facts["rooms_busy"], facts["shape"]),
        earliest=earliest,
        latest=latest,
    )
    is_full = facts["daily_limit"] is not None and facts["booked_that_day"] >= facts["daily_limit"]
    if is_full or not facts["offers_type"]:
        offered = []

    unrefused = [start for start in minutes if not check_start(start=start, **facts)]

    assert unrefused == [start for start in offered if start in minutes]
