"""What a request for open slots costs, whole: middleware, view, queries, JSON.

`python -m benchmarks.bench_requests` uses the database in DATABASE_URL, which must be empty: one
practitioner's day and a month for everybody, with 2,000 and with 20,000 appointments on the
books, beside an empty Django view in the same process. Ten times the appointments may cost at
most 1.2 times as much.
"""

import os
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from statistics import median, quantiles
from time import perf_counter
from zoneinfo import ZoneInfo

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
# A request as production answers it: DEBUG keeps every query in memory.
os.environ.setdefault("DEBUG", "false")
os.environ.setdefault("SECRET_KEY", "a key for the benchmarks alone, " * 2)
os.environ.setdefault("ALLOWED_HOSTS", "testserver")
os.environ.setdefault("EMAIL_URL", "smtp://127.0.0.1:25")

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.models import Appointment, AvailabilityRule, Location, Patient, Practitioner, VisitType

ZONE = ZoneInfo("America/New_York")
PRACTITIONERS = 8
COMING_DAYS = 60
COMING_VISITS = 1_000
SIZES = (2_000, 20_000)
ALLOWED_GROWTH = 1.2
ROUNDS = 100
EMPTY = "/health/live"
_numbers = count()


@dataclass(frozen=True)
class Request:
    name: str
    address: str


def make_practice() -> VisitType:
    """Eight practitioners who work from 9 to 5 at one location, and a 20-minute visit."""
    location = Location.objects.create(
        name="Bench", slug="bench", line1="1 Alder Street", city="New York", state="NY", postal_code="10016"
    )
    visit_type = VisitType.objects.create(name="Visit", slug="visit", duration=20, start_step=20)
    for number in range(PRACTITIONERS):
        person = Practitioner.objects.create(
            slug=f"practitioner-{number}", given_name="Bench", family_name=f"Practitioner {number}"
        )
        person.visit_types.add(visit_type)
        Patient.objects.create(
            given_name="Bench", family_name=f"Patient {number}", birth_date=date(1980, 1, 1)
        )
        AvailabilityRule.objects.bulk_create(
            AvailabilityRule(
                practitioner=person, location=location, weekday=weekday, starts_at=time(9), ends_at=time(17)
            )
            for weekday in range(5)
        )
    return visit_type


def list_places(first: date, days: range) -> Iterator[tuple[int, datetime]]:
    """Every (practitioner number, UTC start) of the given days from `first`, 20 minutes apart."""
    for offset in days:
        day = first + timedelta(days=offset)
        if day.weekday() < 5:
            opens = datetime.combine(day, time(9), ZONE).astimezone(UTC)
            for step in range(24):
                for number in range(PRACTITIONERS):
                    yield number, opens + timedelta(minutes=20 * step)


def add_visits(visit_type: VisitType, places: list[tuple[int, datetime]]) -> None:
    """Write the rows directly: through the actions, 20,000 would take minutes and measure nothing more.

    Each practitioner has one patient for all visits, so that no patient is in two places.
    """
    practitioners = list(Practitioner.objects.order_by("pk"))
    patients = list(Patient.objects.order_by("pk"))
    location = Location.objects.get()
    Appointment.objects.bulk_create(
        [
            Appointment(
                visit_type=visit_type,
                practitioner=practitioners[number],
                location=location,
                patient=patients[number],
                status="booked",
                # Drawn by lot, one of 20,000 could come twice.
                reference=f"{next(_numbers):06}",
                start=start,
                end=start + timedelta(minutes=20),
                busy_start=start,
                busy_end=start + timedelta(minutes=20),
            )
            for number, start in places
        ],
        batch_size=500,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@dataclass(frozen=True)
class Timing:
    """Medians in milliseconds; `times_floor` compares the quicker quarters, which other work spoils least."""

    own: float
    floor: float
    times_floor: float
    queries: int


def time_beside_floor(client: Client, request: Request) -> Timing:
    """Time the request and the empty view in turns."""
    with CaptureQueriesContext(connection) as queries:
        response = client.get(request.address)
        query_count = len(queries)
    if response.status_code != 200 or not response.json()["slots"]:
        sys.exit(f"{request.name}: no slots came back, so there is nothing to time.")
    own: list[float] = []
    floor: list[float] = []
    for _ in range(ROUNDS):
        for address, times in ((request.address, own), (EMPTY, floor)):
            began = perf_counter()
            client.get(address)
            times.append((perf_counter() - began) * 1000)
    return Timing(
        own=median(own),
        floor=median(floor),
        times_floor=quantiles(own, n=4)[0] / quantiles(floor, n=4)[0],
        queries=query_count,
    )


def main() -> int:
    call_command("migrate", verbosity=0)
    visit_type = make_practice()
    today = datetime.now(ZONE).date()
    dice = random.Random(2026)
    near = list(list_places(today, range(1, COMING_DAYS)))
    far = [*list_places(today, range(-400, 0)), *list_places(today, range(COMING_DAYS, 200))]
    dice.shuffle(near)
    dice.shuffle(far)

    requests = [
        Request(
            "one practitioner, one day", f"?practitioner=practitioner-0&days=1&from={find_workday(today)}"
        ),
        Request("all practitioners, one month", f"?days=31&from={today + timedelta(days=1)}"),
    ]
    client = Client()
    print(
        f"Open slots by HTTP on {connection.vendor}: "
        f"{PRACTITIONERS} practitioners, {COMING_VISITS:,} visits in the next {COMING_DAYS} days"
    )
    print(f"{'request':32}{'visits':>8}{'queries':>9}{'ms':>9}{'empty view':>12}{'times':>8}{'growth':>8}")
    before: dict[str, float] = {}
    too_slow = False
    for size in SIZES:
        fresh = near[:COMING_VISITS] if not before else []
        missing = size - Appointment.objects.count() - len(fresh)
        add_visits(visit_type, fresh + [far.pop() for _ in range(missing)])
        for request in requests:
            address = Request(request.name, f"/api/availability/{visit_type.slug}/{request.address}")
            timing = time_beside_floor(client, address)
            growth = timing.times_floor / before.setdefault(request.name, timing.times_floor)
            too_slow = too_slow or growth > ALLOWED_GROWTH
            print(
                f"{request.name:32}{size:8,}{timing.queries:9}{timing.own:9.2f}{timing.floor:12.2f}"
                f"{timing.times_floor:8.1f}{growth:8.2f}"
            )
    print(f"Growth from {SIZES[0]:,} to {SIZES[-1]:,} visits: at most {ALLOWED_GROWTH} times is allowed.")
    return 1 if too_slow else 0


def find_workday(today: date) -> date:
    return next(
        day for day in (today + timedelta(days=offset) for offset in range(1, 8)) if day.weekday() < 5
    )


if __name__ == "__main__":
    sys.exit(main())
