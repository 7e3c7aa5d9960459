from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.engine.repeating import list_starts
from booking.tests.engine.strategies import NEW_YORK, days, modest, zones


def spell(starts: list[tuple[datetime, datetime | None]]) -> list[str]:
    return [f"{instant:%Y-%m-%d %H:%M}" if instant else "none" for _, instant in starts]


def test_wall_time_stays_when_clocks_are_put_back() -> None:
    first = datetime(2026, 10, 25, 14, 0, tzinfo=UTC)

    starts = list_starts(first, zone=NEW_YORK, every_weeks=1, times=3)

    assert spell(starts) == ["2026-10-25 14:00", "2026-11-01 15:00", "2026-11-08 15:00"]
    assert {wall.time() for wall, _ in starts} == {time(10)}


@pytest.mark.parametrize(
    ("day", "clock", "told"),
    [
        # 1:30 comes twice on that day, 2:30 does not come at all on the other.
        (date(2026, 10, 25), time(1, 30), ["2026-10-25 05:30", "2026-11-01 05:30"]),
        (date(2027, 3, 7), time(2, 30), ["2027-03-07 07:30", "none"]),
    ],
)
def test_hours_at_which_clocks_change(day: date, clock: time, told: list[str]) -> None:
    first = datetime.combine(day, clock, NEW_YORK)

    assert spell(list_starts(first, zone=NEW_YORK, every_weeks=1, times=2)) == told


@modest
@given(
    zone=zones,
    day=days,
    minute=st.integers(0, 1439),
    every_weeks=st.integers(1, 26),
    times=st.integers(2, 12),
)
def test_each_date_is_so_many_weeks_on_at_the_same_wall_time(
    zone: ZoneInfo, day: date, minute: int, every_weeks: int, times: int
) -> None:
    first = datetime.combine(day, time(), zone).astimezone(UTC) + timedelta(minutes=minute)

    starts = list_starts(first, zone=zone, every_weeks=every_weeks, times=times)

    assert len(starts) == times
    for number, (wall, instant) in enumerate(starts):
        assert wall - starts[0][0] == timedelta(weeks=every_weeks * number)
        if instant is not None:
            assert instant.astimezone(zone).replace(tzinfo=None) == wall
