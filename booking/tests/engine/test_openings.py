from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.engine.openings import DAY, DateSpan, Opening, WeeklyRule, open_intervals
from booking.tests.engine.strategies import NEW_YORK, date_spans, days, modest, weekly_rules, zones

MONDAY = date(2026, 11, 23)


def describe(openings: list[Opening], zone: ZoneInfo = NEW_YORK) -> list[str]:
    """Openings as people read them: "11-23 09:00-12:00 @09:00", with the anchor behind the @."""

    def tell(utc: int, pattern: str) -> str:
        return datetime.fromtimestamp(utc * 60, zone).strftime(pattern)

    return [
        f"{tell(start, '%m-%d %H:%M')}-{tell(end, '%H:%M')} @{tell(anchor, '%H:%M')}"
        for start, end, anchor in openings
    ]


def open_monday(
    *,
    rules: list[WeeklyRule] | None = None,
    extra: list[DateSpan] | None = None,
    closed: list[DateSpan] | None = None,
) -> list[str]:
    nine_to_five = [WeeklyRule(0, 9 * 60, 17 * 60)]
    openings = open_intervals(
        first=MONDAY,
        last=MONDAY,
        zone=NEW_YORK,
        rules=nine_to_five if rules is None else rules,
        extra=extra or [],
        closed=closed or [],
    )
    return describe(openings)


def test_open_intervals_without_hours() -> None:
    assert open_monday(rules=[]) == []


def test_open_intervals_of_a_weekly_rule_over_two_weeks() -> None:
    openings = open_intervals(
        first=MONDAY,
        last=MONDAY + timedelta(days=13),
        zone=NEW_YORK,
        rules=[WeeklyRule(2, 13 * 60, 17 * 60), WeeklyRule(0, 9 * 60, 12 * 60)],
    )

    assert describe(openings) == [
        "11-23 09:00-12:00 @09:00",
        "11-25 13:00-17:00 @13:00",
        "11-30 09:00-12:00 @09:00",
        "12-02 13:00-17:00 @13:00",
    ]


def test_open_intervals_first_day_after_last() -> None:
    assert (
        open_intervals(
            first=MONDAY,
            last=MONDAY - timedelta(days=1),
            zone=NEW_YORK,
            rules=[WeeklyRule(weekday, 0, DAY) for weekday in range(7)],
            extra=[DateSpan(MONDAY - timedelta(days=9), MONDAY + timedelta(days=9))],
        )
        == []
    )


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "is_open"),
    [
        (None, None, True),
        (MONDAY, None, True),
        (None, MONDAY, True),
        (MONDAY, MONDAY, True),
        (MONDAY + timedelta(days=1), None, False),
        (None, MONDAY - timedelta(days=1), False),
        (MONDAY - timedelta(days=30), MONDAY - timedelta(days=1), False),
        (MONDAY + timedelta(days=1), MONDAY + timedelta(days=30), False),
        (MONDAY - timedelta(days=30), MONDAY + timedelta(days=30), True),
    ],
)
def test_open_intervals_within_the_validity_of_a_rule(
    valid_from: date | None, valid_to: date | None, is_open: bool
) -> None:
    opened = open_monday(rules=[WeeklyRule(0, 9 * 60, 17 * 60, valid_from, valid_to)])

    assert opened == (["11-23 09:00-17:00 @09:00"] if is_open else [])


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (7 * 60, 8 * 60, ["11-23 07:00-08:00 @07:00", "11-23 09:00-17:00 @09:00"]),
        (8 * 60, 9 * 60, ["11-23 08:00-17:00 @08:00"]),
        (8 * 60, 10 * 60, ["11-23 08:00-17:00 @08:00"]),
        (10 * 60, 11 * 60, ["11-23 09:00-17:00 @09:00"]),
        (17 * 60, 19 * 60, ["11-23 09:00-19:00 @09:00"]),
    ],
    ids=["apart", "touching", "overlapping", "inside", "after"],
)
def test_open_intervals_with_extra_time(starts: int, ends: int, expected: list[str]) -> None:
    assert open_monday(extra=[DateSpan(MONDAY, MONDAY, starts, ends)]) == expected


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (0, DAY, []),
        (12 * 60, 12 * 60 + 50, ["11-23 09:00-12:00 @09:00", "11-23 12:50-17:00 @09:00"]),
        (8 * 60, 10 * 60, ["11-23 10:00-17:00 @09:00"]),
        (16 * 60, 18 * 60, ["11-23 09:00-16:00 @09:00"]),
        (17 * 60, 18 * 60, ["11-23 09:00-17:00 @09:00"]),
    ],
    ids=["all day", "lunch", "morning", "evening", "after hours"],
)
def test_open_intervals_closed_time_keeps_the_anchor(starts: int, ends: int, expected: list[str]) -> None:
    assert open_monday(closed=[DateSpan(MONDAY, MONDAY, starts, ends)]) == expected


def test_open_intervals_extra_time_on_a_closed_day_stays_closed() -> None:
    holiday = DateSpan(MONDAY, MONDAY)

    assert open_monday(extra=[DateSpan(MONDAY, MONDAY, 0, DAY)], closed=[holiday]) == []


def test_open_intervals_of_a_span_apply_to_each_of_its_days() -> None:
    week = DateSpan(MONDAY, MONDAY + timedelta(days=6), 12 * 60, 13 * 60)

    openings = open_intervals(
        first=MONDAY + timedelta(days=5),
        last=MONDAY + timedelta(days=8),
        zone=NEW_YORK,
        rules=[WeeklyRule(weekday, 11 * 60, 13 * 60) for weekday in range(7)],
        closed=[week],
    )

    assert describe(openings) == [
        "11-28 11:00-12:00 @11:00",
        "11-29 11:00-12:00 @11:00",
        "11-30 11:00-13:00 @11:00",
        "12-01 11:00-13:00 @11:00",
    ]


def test_open_intervals_end_at_midnight_so_that_the_grid_does_not_depend_on_the_first_day() -> None:
    openings = open_intervals(
        first=MONDAY,
        last=MONDAY + timedelta(days=1),
        zone=NEW_YORK,
        rules=[WeeklyRule(0, 20 * 60, DAY), WeeklyRule(1, 0, 4 * 60)],
    )

    assert describe(openings) == ["11-23 20:00-00:00 @20:00", "11-24 00:00-04:00 @00:00"]


def test_open_intervals_keep_wall_hours_over_a_clock_change() -> None:
    openings = open_intervals(
        first=date(2026, 10, 31),
        last=date(2026, 11, 2),
        zone=NEW_YORK,
        rules=[WeeklyRule(weekday, 9 * 60, 17 * 60) for weekday in range(7)],
    )

    assert describe(openings) == [
        "10-31 09:00-17:00 @09:00",
        "11-01 09:00-17:00 @09:00",
        "11-02 09:00-17:00 @09:00",
    ]
    assert [opening.start - earlier.start for earlier, opening in pairwise(openings)] == [25 * 60, 24 * 60]


@pytest.mark.parametrize(
    ("day", "starts", "ends", "expected"),
    [
        # 2:00 to 3:00 is skipped: 1:59 EST is followed by 3:00 EDT.
        (date(2027, 3, 14), 120, 180, []),
        (date(2027, 3, 14), 150, 151, []),
        (date(2027, 3, 14), 90, 150, [("06:30", "07:00")]),
        (date(2027, 3, 14), 150, 210, [("07:00", "07:30")]),
        (date(2027, 3, 14), 60, 240, [("06:00", "08:00")]),
        # 1:00 to 2:00 comes twice: 1:59 EDT is followed by 1:00 EST, and only 2:00 EST is new again.
        (date(2026, 11, 1), 60, 120, [("05:00", "06:00")]),
        (date(2026, 11, 1), 90, 91, [("05:30", "05:31")]),
        (date(2026, 11, 1), 90, 150, [("05:30", "06:00"), ("07:00", "07:30")]),
        (date(2026, 11, 1), 0, 240, [("04:00", "06:00"), ("07:00", "09:00")]),
    ],
)
def test_open_intervals_inside_a_clock_change(
    day: date, starts: int, ends: int, expected: list[tuple[str, str]]
) -> None:
    openings = open_intervals(
        first=day, last=day, zone=NEW_YORK, rules=[], extra=[DateSpan(day, day, starts, ends)]
    )

    utc = ZoneInfo("UTC")
    times = [
        (f"{datetime.fromtimestamp(start * 60, utc):%H:%M}", f"{datetime.fromtimestamp(end * 60, utc):%H:%M}")
        for start, end, _ in openings
    ]
    assert times == expected
    assert {opening.anchor for opening in openings} <= {openings[0].start if openings else None}


def test_open_intervals_on_a_day_that_was_left_out() -> None:
    openings = open_intervals(
        first=date(2011, 12, 29),
        last=date(2011, 12, 31),
        zone=ZoneInfo("Pacific/Apia"),
        rules=[WeeklyRule(weekday, 9 * 60, 17 * 60) for weekday in range(7)],
    )

    assert describe(openings, ZoneInfo("Pacific/Apia")) == [
        "12-29 09:00-17:00 @09:00",
        "12-31 09:00-17:00 @09:00",
    ]


@pytest.mark.parametrize(("starts", "ends"), [(-1, 60), (60, 60), (61, 60), (60, DAY + 1)])
def test_hours_that_are_not_wall_times_of_one_day(starts: int, ends: int) -> None:
    with pytest.raises(ValueError, match="wall times"):
        WeeklyRule(0, starts, ends)
    with pytest.raises(ValueError, match="wall times"):
        DateSpan(MONDAY, MONDAY, starts, ends)


@pytest.mark.parametrize("weekday", [-1, 7])
def test_weekly_rule_on_no_weekday(weekday: int) -> None:
    with pytest.raises(ValueError, match="weekday"):
        WeeklyRule(weekday, 0, 60)


def test_date_span_that_ends_before_it_begins() -> None:
    with pytest.raises(ValueError, match="last day before the first"):
        DateSpan(MONDAY, MONDAY - timedelta(days=1))


def covers(hours: WeeklyRule | DateSpan, day: date, minute: int) -> bool:
    if isinstance(hours, WeeklyRule):
        holds = (
            hours.weekday == day.weekday()
            and (hours.valid_from is None or hours.valid_from <= day)
            and (hours.valid_to is None or day <= hours.valid_to)
        )
    else:
        holds = hours.first <= day <= hours.last
    return holds and hours.starts <= minute < hours.ends


@modest
@given(data=st.data(), first=days, length=st.integers(0, 2), zone=zones)
def test_open_intervals_agree_with_reading_the_clock_every_minute(
    data: st.DataObject, first: date, length: int, zone: ZoneInfo
) -> None:
    last = first + timedelta(days=length)
    rules = data.draw(st.lists(weekly_rules(first), max_size=6))
    extra = data.draw(st.lists(date_spans(first), max_size=2))
    closed = data.draw(st.lists(date_spans(first), max_size=2))

    openings = open_intervals(first=first, last=last, zone=zone, rules=rules, extra=extra, closed=closed)

    def is_in_hours(day: date, minute: int) -> bool:
        return any(covers(hours, day, minute) for hours in [*rules, *extra])

    noon = int(datetime(first.year, first.month, first.day, 12, tzinfo=ZoneInfo("UTC")).timestamp()) // 60
    expected: list[tuple[int, int]] = []
    anchor = 0
    reached: tuple[date, int] | None = None
    for utc in range(noon - 2 * DAY, noon + (length + 2) * DAY):
        wall = datetime.fromtimestamp(utc * 60, zone)
        day, minute = wall.date(), wall.hour * 60 + wall.minute
        if wall.fold or not first <= day <= last or not is_in_hours(day, minute):
            continue
        # Still the same opening if no minute since was out of hours on paper, skipped by the clock or not.
        if (
            reached is None
            or reached[0] != day
            or not all(is_in_hours(day, since) for since in range(reached[1], minute))
        ):
            anchor = utc
        reached = (day, minute)
        if not any(covers(hours, day, minute) for hours in closed):
            expected.append((utc, anchor))
    assert [(utc, anchor) for start, end, anchor in openings for utc in range(start, end)] == expected
    for earlier, later in pairwise(openings):
        assert earlier.end < later.start or (earlier.end == later.start == later.anchor)
