"""A practice for the benchmarks, and as many visits as are wanted. Its import sets Django up.

Rows are written directly: through the actions, 20,000 visits would take minutes and measure nothing more.
"""

import os
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
# A request as production answers it: DEBUG keeps every query in memory.
os.environ.setdefault("DEBUG", "false")
os.environ.setdefault("SECRET_KEY", "a key for the benchmarks alone, " * 2)
os.environ.setdefault("ALLOWED_HOSTS", "testserver,127.0.0.1")
os.environ.setdefault("EMAIL_URL", "smtp://127.0.0.1:25")

import django

django.setup()

from django.db import connection

from booking.models import Appointment, AvailabilityRule, Location, Patient, Practitioner, VisitType

ZONE = ZoneInfo("America/New_York")
PRACTITIONERS = 8
MANY_PRACTITIONERS, MANY_LOCATIONS = 500, 40
COMING_DAYS = 60
_numbers = count()


def make_practice() -> VisitType:
    """Eight practitioners who work from 9 to 5 at one location, and a 20-minute visit."""
    location = Location.objects.create(
        name="Bench", slug="bench", line1="1 Alder Street", city="New York", state="NY", postal_code="10016"
    )
    visit_type = VisitType.objects.create(
        name="Visit", slug="visit", duration=20, start_step=20, minimum_notice=0, booking_horizon=120
    )
    for number in range(PRACTITIONERS):
        make_practitioner(number, visit_type=visit_type, location=location)
    return visit_type


def make_practitioner(number: int, *, visit_type: VisitType, location: Location) -> None:
    """Make one with hours from 9 to 5, and the patient of all their visits."""
    person = Practitioner.objects.create(
        slug=f"practitioner-{number}", given_name="Bench", family_name=f"Practitioner {number}"
    )
    person.visit_types.add(visit_type)
    Patient.objects.create(given_name="Bench", family_name=f"Patient {number}", birth_date=date(1980, 1, 1))
    AvailabilityRule.objects.bulk_create(
        AvailabilityRule(
            practitioner=person, location=location, weekday=weekday, starts_at=time(9), ends_at=time(17)
        )
        for weekday in range(5)
    )


def list_places(first: date, days: range) -> Iterator[tuple[int, datetime]]:
    """Every (practitioner number, UTC start) of the given days from `first`, 20 minutes apart."""
    for offset in days:
        day = first + timedelta(days=offset)
        if day.weekday() < 5:
            opens = datetime.combine(day, time(9), ZONE).astimezone(UTC)
            for step in range(24):
                for number in range(PRACTITIONERS):
                    yield number, opens + timedelta(minutes=20 * step)


def make_visit(
    visit_type: VisitType, person: Practitioner, location: Location, patient: Patient, start: datetime
) -> Appointment:
    end = start + timedelta(minutes=20)
    return Appointment(
        visit_type=visit_type,
        practitioner=person,
        location=location,
        patient=patient,
        status="booked",
        # Drawn by lot, one of 20,000 could come twice.
        reference=f"{next(_numbers):06}",
        start=start,
        end=end,
        busy_start=start,
        busy_end=end,
    )


def add_visits(visit_type: VisitType, places: list[tuple[int, datetime]]) -> None:
    """Write the rows directly: through the actions, 20,000 would take minutes and measure nothing more.

    Each practitioner has one patient for all visits, so that no patient is in two places.
    """
    practitioners = list(Practitioner.objects.order_by("pk"))
    patients = list(Patient.objects.order_by("pk"))
    location = Location.objects.get()
    Appointment.objects.bulk_create(
        [
            make_visit(visit_type, practitioners[number], location, patients[number], start)
            for number, start in places
        ],
        batch_size=500,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def multiply_visits(size: int) -> None:
    """Copy the visits that there are into years long past until there are `size`, in SQL."""
    names = [f"{field.column}" for field in Appointment._meta.concrete_fields if not field.primary_key]
    number = "1048576 + row_number() OVER () + %(done)s"
    values: dict[str, str] = {name: f'"{name}"' for name in names}
    if connection.vendor == "postgresql":
        values |= {"uid": "gen_random_uuid()", "reference": f"upper(lpad(to_hex({number}), 6, '0'))"}
        shifted = "{0} - %(days)s * interval '1 day'"
    else:
        values |= {"uid": "lower(hex(randomblob(16)))", "reference": f"printf('%%06X', {number})"}
        shifted = "datetime({0}, (-%(days)s) || ' days')"
    values |= {name: shifted.format(name) for name in ("start", "end", "busy_start", "busy_end")}
    values["end"] = shifted.format('"end"')
    columns = ", ".join(f'"{name}"' for name in names)
    known = Appointment.objects.count()
    last = Appointment.objects.order_by("-pk").values_list("pk", flat=True)[0]
    with connection.cursor() as cursor:
        for copy in range(1, size // known):
            cursor.execute(
                f"INSERT INTO booking_appointment ({columns}) SELECT {', '.join(values.values())} "
                "FROM booking_appointment WHERE id <= %(last)s",
                {"days": 700 * copy, "done": known * copy, "last": last},
            )
        cursor.execute("ANALYZE")


def add_practice(visit_type: VisitType, today: date) -> None:
    """Grow to 500 practitioners at 40 locations, each with some visits on the coming days."""
    places = [
        Location.objects.create(name=f"Bench {number}", slug=f"bench-{number}", time_zone="America/New_York")
        for number in range(1, MANY_LOCATIONS)
    ]
    for number in range(PRACTITIONERS, MANY_PRACTITIONERS):
        make_practitioner(number, visit_type=visit_type, location=places[number % len(places)])
    people = list(Practitioner.objects.order_by("pk"))[PRACTITIONERS:]
    patients = {patient.family_name: patient for patient in Patient.objects.all()}
    dice = random.Random(2026)
    visits = []
    for offset in range(1, COMING_DAYS):
        day = today + timedelta(days=offset)
        if day.weekday() > 4:
            continue
        opens = datetime.combine(day, time(9), ZONE).astimezone(UTC)
        for index, person in enumerate(people):
            for step in dice.sample(range(24), 3):
                start = opens + timedelta(minutes=20 * step)
                patient = patients[f"Patient {PRACTITIONERS + index}"]
                visits.append(
                    make_visit(
                        visit_type, person, places[(PRACTITIONERS + index) % len(places)], patient, start
                    )
                )
    Appointment.objects.bulk_create(visits, batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def find_workday(today: date) -> date:
    return next(
        day for day in (today + timedelta(days=offset) for offset in range(1, 8)) if day.weekday() < 5
    )
