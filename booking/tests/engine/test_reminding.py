"""When reminders leave: by the wall clock, by day, never stale."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from booking.engine.reminding import Daytime, plan_reminders

NEW_YORK = ZoneInfo("America/New_York")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
DAY = Daytime(time(8), time(20))


def local(text: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def plan(
    start: str, *hours: int, now: datetime = LONG_AGO, zone: ZoneInfo = NEW_YORK, daytime: Daytime = DAY
) -> list[tuple[int, str]]:
    """Each reminder by its hours and the wall time at which it leaves."""
    reminders = plan_reminders(start=local(start, zone), zone=zone, hours=hours, now=now, daytime=daytime)
    return [(one.hours, f"{one.send_at.astimezone(zone):%Y-%m-%d %H:%M}") for one in reminders]


@pytest.mark.parametrize(
    ("start", "hours", "leaves"),
    [
        # By day nothing is put off, also on the edges of the day.
        ("2026-06-24 10:00", 24, "2026-06-23 10:00"),
        ("2026-06-24 08:00", 24, "2026-06-23 08:00"),
        ("2026-06-24 20:00", 24, "2026-06-23 20:00"),
        ("2026-06-24 10:00", 168, "2026-06-17 10:00"),
        # In the night: the morning after it, while that leaves an hour.
        ("2026-06-24 07:00", 24, "2026-06-23 08:00"),
        ("2026-06-24 21:00", 24, "2026-06-24 08:00"),
        ("2026-06-24 09:30", 3, "2026-06-24 08:00"),
        ("2026-06-24 09:00", 2, "2026-06-24 08:00"),
        # Else the evening before.
        ("2026-06-24 08:59", 2, "2026-06-23 20:00"),
        ("2026-06-24 07:00", 2, "2026-06-23 20:00"),
        ("2026-06-24 02:00", 5, "2026-06-23 20:00"),
        ("2026-06-24 02:00", 3, "2026-06-23 20:00"),
        ("2026-06-24 00:30", 2, "2026-06-23 20:00"),
        # Over a year's end.
        ("2027-01-01 07:00", 2, "2026-12-31 20:00"),
    ],
)
def test_reminder_leaves_by_day(start: str, hours: int, leaves: str) -> None:
    assert plan(start, hours) == [(hours, leaves)]


@pytest.mark.parametrize(
    ("start", "hours", "leaves", "offset"),
    [
        # Clocks went back on November 1 and forward on March 8: the same time of day all the same.
        ("2026-11-01 09:00", 24, "2026-10-31 09:00", -4),
        ("2026-11-03 09:00", 168, "2026-10-27 09:00", -4),
        ("2026-03-08 09:00", 24, "2026-03-07 09:00", -5),
        ("2026-03-10 09:00", 168, "2026-03-03 09:00", -5),
        # Hours that make no day pass as they pass.
        ("2026-03-08 11:00", 2, "2026-03-08 09:00", -4),
        ("2026-03-09 09:00", 36, "2026-03-07 20:00", -5),
        # A night with a change in it; a day before would be a time that the clock jumps over.
        ("2026-11-01 09:30", 3, "2026-11-01 08:00", -5),
        ("2026-03-09 02:30", 24, "2026-03-08 08:00", -4),
    ],
)
def test_reminder_keeps_its_time_of_day_when_clocks_change(
    start: str, hours: int, leaves: str, offset: int
) -> None:
    [reminder] = plan_reminders(start=local(start), zone=NEW_YORK, hours=[hours], now=LONG_AGO, daytime=DAY)

    at = reminder.send_at.astimezone(NEW_YORK)
    assert f"{at:%Y-%m-%d %H:%M}" == leaves
    assert at.utcoffset().total_seconds() == offset * 3600
    assert reminder.send_at.tzinfo is UTC


def test_night_is_that_of_the_location() -> None:
    assert plan("2026-06-24 10:00", 3, zone=ZoneInfo("Pacific/Honolulu")) == [(3, "2026-06-24 08:00")]


def test_other_hours_of_the_day() -> None:
    assert plan("2026-06-24 10:00", 2, daytime=Daytime(time(9), time(18))) == [(2, "2026-06-24 09:00")]


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2026-06-01 09:00", [168, 24]),
        ("2026-06-17 02:00", [168, 24]),
        ("2026-06-17 02:01", [24]),  # it would leave within 8 hours
        ("2026-06-23 02:00", [24]),
        ("2026-06-23 02:01", []),
        ("2026-06-24 09:59", []),
        ("2026-06-25 09:00", []),
    ],
)
def test_booked_inside_the_window_gets_no_stale_reminder(now: str, left: list[int]) -> None:
    assert [hours for hours, _ in plan("2026-06-24 10:00", 168, 24, now=local(now))] == left


def test_two_that_were_put_off_to_the_same_moment_are_one() -> None:
    assert plan("2026-06-24 12:00", 5, 6) == [(6, "2026-06-24 08:00")]


def test_whatever_their_order_the_earliest_comes_first() -> None:
    assert [hours for hours, _ in plan("2026-06-24 10:00", 24, 336, 168)] == [336, 168, 24]


def test_no_reminders_wanted() -> None:
    assert plan("2026-06-24 10:00") == []


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("before", [2, 5, 24, 36, 168])
def test_every_reminder_leaves_by_day_and_before_the_visit(hour: int, before: int) -> None:
    # All days of a year: both changes of the clock are among them.
    for ordinal in range(date(2026, 2, 1).toordinal(), date(2027, 1, 15).toordinal()):
        start = datetime.combine(date.fromordinal(ordinal), time(hour, 30), NEW_YORK)

        [reminder] = plan_reminders(start=start, zone=NEW_YORK, hours=[before], now=LONG_AGO, daytime=DAY)

        assert DAY.begins <= reminder.send_at.astimezone(NEW_YORK).time() <= DAY.ends
        assert reminder.send_at < start.astimezone(UTC)
