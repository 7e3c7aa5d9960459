"""A small practice for tests: plain functions that make rows, without surprises.

The clock of most tests stands at NOW, a Monday; the next day, TUESDAY, is an ordinary
working day in New York.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from booking.models import (
    AvailabilityException,
    AvailabilityRule,
    Closure,
    KeptTime,
    Location,
    Patient,
    Practitioner,
    Room,
    VisitType,
)

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # 9 am in New York
TUESDAY = date(2026, 11, 24)

_numbers = count(1)


def at(clock: str, day: date = TUESDAY, zone: ZoneInfo = NEW_YORK) -> datetime:
    """Return a wall time ("09:20") of a day as an aware UTC datetime."""
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)


def make_location(**fields: Any) -> Location:
    number = next(_numbers)
    defaults = {
        "name": f"Clinic {number}",
        "slug": f"clinic-{number}",
        "line1": f"{number} Alder Street",
        "city": "New York",
        "state": "NY",
        "postal_code": "10016",
        "time_zone": "America/New_York",
    }
    return Location.objects.create(**{**defaults, **fields})


def make_room(location: Location, **fields: Any) -> Room:
    return Room.objects.create(**{"name": f"Room {next(_numbers)}", "location": location, **fields})


def make_visit_type(**fields: Any) -> VisitType:
    """Make a 40-minute visit every 20 minutes, without notice, buffers or rooms."""
    number = next(_numbers)
    rooms = fields.pop("rooms", [])
    defaults = {
        "name": f"Visit {number}",
        "slug": f"visit-{number}",
        "summary": "For spasms, cramps or twitching.",
        "duration": 40,
        "start_step": 20,
        "minimum_notice": 0,
        "booking_horizon": 90,
        "change_cutoff": 60,
    }
    visit_type = VisitType.objects.create(**{**defaults, **fields})
    visit_type.rooms.set(rooms)
    return visit_type


def make_practitioner(
    *,
    visit_types: list[VisitType],
    location: Location | None = None,
    hours: str = "09:00-17:00",
    **fields: Any,
) -> Practitioner:
    """Make a practitioner who works Monday to Friday at `location`; without one, never."""
    number = next(_numbers)
    defaults = {
        "slug": f"practitioner-{number}",
        "title": "Dr.",
        "given_name": "Lena",
        "family_name": f"Fischer{number}",
    }
    practitioner = Practitioner.objects.create(**{**defaults, **fields})
    practitioner.visit_types.set(visit_types)
    if location is not None:
        for weekday in range(5):
            add_hours(practitioner, location, weekday=weekday, hours=hours)
    return practitioner


def add_hours(
    practitioner: Practitioner, location: Location, *, weekday: int, hours: str, **fields: Any
) -> AvailabilityRule:
    starts_at, ends_at = (time.fromisoformat(part) for part in hours.split("-"))
    return AvailabilityRule.objects.create(
        practitioner=practitioner,
        location=location,
        weekday=weekday,
        starts_at=starts_at,
        ends_at=ends_at,
        **fields,
    )


def close(practitioner: Practitioner, day: date, **fields: Any) -> AvailabilityException:
    return AvailabilityException.objects.create(
        **{"practitioner": practitioner, "first_day": day, "last_day": day, **fields}
    )


def close_practice(day: date, **fields: Any) -> Closure:
    return Closure.objects.create(**{"name": "Holiday", "first_day": day, "last_day": day, **fields})


def keep(day: date, hours: str, *, visit_types: Iterable[VisitType] = (), **fields: Any) -> KeptTime:
    """Keep hours ("11:00-12:00") back on the weekday of `day`, of everybody, for these visit types."""
    starts_at, ends_at = (time.fromisoformat(part) for part in hours.split("-"))
    kept = KeptTime.objects.create(
        **{
            "name": "Urgent visits",
            "weekday": day.weekday(),
            "starts_at": starts_at,
            "ends_at": ends_at,
            **fields,
        }
    )
    kept.visit_types.set(visit_types)
    return kept


def make_patient(**fields: Any) -> Patient:
    number = next(_numbers)
    defaults = {
        "given_name": "Jordan",
        "family_name": f"Ellis{number}",
        "birth_date": date(1975, 9, 28),
        "phone": "+12125550177",
        "phone_typed": "212 555 0177",
        "email": f"jordan.ellis{number}@example.org",
    }
    return Patient.objects.create(**{**defaults, **fields})
