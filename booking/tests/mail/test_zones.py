"""The zones we write are read by dateutil, a parser of its own, and compared with the zone data."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical

from booking.mail.zones import make_timezone

ZONES = [
    "America/New_York",
    "America/Phoenix",
    "America/Santiago",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Pacific/Honolulu",
]


@pytest.mark.parametrize("name", ZONES)
def test_zone_read_by_another_parser_has_the_same_wall_times(name: str):
    zone = ZoneInfo(name)
    component = make_timezone(zone, around=date(2026, 11, 24))
    assert component is not None

    read = tzical(StringIO(component.to_ical().decode())).get()

    days = [datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=day) for day in range(2 * 365)]
    assert [at.astimezone(read).replace(tzinfo=None) for at in days] == [
        at.astimezone(zone).replace(tzinfo=None) for at in days
    ]


def test_new_york_is_written_as_two_yearly_rules():
    component = make_timezone(ZoneInfo("America/New_York"), around=date(2026, 11, 24))

    assert component is not None
    lines = component.to_ical().decode().splitlines()
    assert [line for line in lines if line.startswith(("BEGIN", "RRULE", "TZOFFSETTO", "TZNAME"))] == [
        "BEGIN:VTIMEZONE",
        "BEGIN:DAYLIGHT",
        "RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3",
        "TZNAME:EDT",
        "TZOFFSETTO:-0400",
        "BEGIN:STANDARD",
        "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11",
        "TZNAME:EST",
        "TZOFFSETTO:-0500",
    ]


def test_dublin_where_summer_is_the_standard_time_has_its_daylight_in_summer():
    component = make_timezone(ZoneInfo("Europe/Dublin"), around=date(2026, 11, 24))

    assert component is not None
    parts = {part.name: part for part in component.subcomponents}
    assert parts["DAYLIGHT"]["TZNAME"] == "IST"
    assert parts["STANDARD"]["TZNAME"] == "GMT"


@pytest.mark.parametrize(
    ("name", "day"),
    [
        # Its clocks follow the moon.
        ("Africa/Casablanca", date(2026, 11, 24)),
        # Gave up changing its clocks in 2016.
        ("Europe/Istanbul", date(2016, 11, 24)),
    ],
)
def test_zone_without_yearly_rules_is_not_written(name: str, day: date):
    assert make_timezone(ZoneInfo(name), around=day) is None
