"""What a request for open times costs, whole: middleware, view, queries, bytes; beside its floor.

`python -m benchmarks.bench_requests` uses the database in DATABASE_URL, which must be empty. The floor
(`floor.py`) answers with the same bytes in the same process, in turns, and all is CPU time of this process:
what the database server does for either is not in it. "Uncached" answers are made anew each time, while the
set-up (rooms, hours, closings) is known, as it is in any process that has answered once; "cached" are
remembered ones, beside an empty view with as many bytes. PLENTY=1 goes on to two million visits.
"""

import os
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import count
from statistics import median
from time import process_time
from typing import Any
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
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client
from django.test.client import ClientHandler
from django.test.utils import CaptureQueriesContext, override_settings

from booking import availability
from booking.models import Appointment, AvailabilityRule, Location, Patient, Practitioner, VisitType

ZONE = ZoneInfo("America/New_York")
PRACTITIONERS = 8
COMING_DAYS = 60
COMING_VISITS = 1_000
SIZES = (2_000, 20_000)
PLENTY = 2_000_000
MANY_PRACTITIONERS, MANY_LOCATIONS = 500, 40
ALLOWED = 2.0  # times the floor
ALLOWED_CACHED = 1.3  # times an empty view
ALLOWED_GROWTH = 1.2  # 1.1 is the aim; the rest is what a busy machine adds
ALLOWED_SOONEST = 50  # milliseconds, of 500 practitioners
ROUNDS = 15
SOME_MILLISECONDS = 40
NO_CACHE = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
# No files were collected.
PLAIN_FILES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
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


@dataclass(frozen=True)
class Timing:
    """CPU milliseconds, medians, of the work and of its floor."""

    own: float
    floor: float

    @property
    def times(self) -> float:
        return self.own / self.floor


def time_beside(own: Callable[[], Any], floor: Callable[[], Any]) -> Timing:
    """Time both in turns, as often in a row as makes some milliseconds."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(ROUNDS):
        for is_floor, work in ((False, own), (True, floor)):
            began = process_time()
            work_count = 0
            while (spent := (process_time() - began) * 1000) < SOME_MILLISECONDS:
                work()
                work_count += 1
            taken[is_floor].append(spent / work_count)
    return Timing(own=median(taken[False]), floor=median(taken[True]))


class BareHandler(ClientHandler):
    """Leads to the floor, without any middleware.

    Never by another ROOT_URLCONF for a moment: each change makes Django read all addresses anew, ours too.
    """

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=False)
        with override_settings(MIDDLEWARE=[]):
            self.load_middleware()

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        request.urlconf = "benchmarks.floor"
        return super().get_response(request)


def make_bare_client() -> Client:
    client = Client()
    client.handler = BareHandler()
    return client


def show(name: str, timing: Timing, *, queries: int, allowed: float, growth: float | None = None) -> bool:
    kept = timing.times <= allowed
    grown = f"{growth:8.2f}" if growth else " " * 8
    print(
        f"{name:34}{queries:8}{timing.own:10.2f}{timing.floor:10.2f}{timing.times:8.2f}{grown}"
        f"  {'ok' if kept else f'over {allowed:g}'}",
        flush=True,
    )
    return kept


def count_queries(work: Callable[[], Any]) -> int:
    work()
    with CaptureQueriesContext(connection) as queries:
        work()
        return len(queries)


def bench_listings(client: Client, bare: Client, *, first: date, before: dict[str, float]) -> bool:
    """Whether none grew by more than is allowed."""
    kept = True
    one = "&practitioner=practitioner-0"
    for name, days in (("one day", 1), ("ten days", 10), ("a month", 31), ("90 days", 90)):
        for who, choice in (("one", one), ("all", "")):
            question = f"?from={first}&days={days}{choice}"
            own, floor = f"/api/availability/visit/{question}", f"/slots{question}"
            with override_settings(CACHES=NO_CACHE):
                if client.get(own).content != bare.get(floor).content:
                    sys.exit(f"{own}: the floor answers otherwise, so there is nothing to compare.")
                queries = count_queries(partial(client.get, own))
                timing = time_beside(partial(client.get, own), partial(bare.get, floor))
            label = f"{name}, {who}"
            growth = timing.times / before.setdefault(label, timing.times)
            show(label, timing, queries=queries, allowed=ALLOWED, growth=growth)
            kept = kept and growth <= ALLOWED_GROWTH
    return kept


def bench_cached(client: Client, bare: Client, *, first: date) -> None:
    for name, days, choice in (("one day, one", 1, "&practitioner=practitioner-0"), ("one day, all", 1, "")):
        own = f"/api/availability/visit/?from={first}&days={days}{choice}"
        response = client.get(own)
        empty = f"/empty?bytes={len(response.content)}"
        timing = time_beside(partial(client.get, own), partial(bare.get, empty))
        queries = count_queries(partial(client.get, own))
        show(f"{name}, cached", timing, queries=queries, allowed=ALLOWED_CACHED)
        tag = {"If-None-Match": response["ETag"]}
        timing = time_beside(partial(client.get, own, headers=tag), partial(bare.get, empty))
        show(f"{name}, not modified", timing, queries=queries, allowed=ALLOWED_CACHED)


def bench_page(client: Client, bare: Client) -> None:
    with override_settings(STORAGES=PLAIN_FILES):
        size = len(client.get("/book/visit/").content)
        queries = count_queries(lambda: client.get("/book/visit/"))
        timing = time_beside(lambda: client.get("/book/visit/"), lambda: bare.get(f"/empty?bytes={size}"))
    print("Beside an empty view with the same bytes, of which no sum is made:")
    show("times page", timing, queries=queries, allowed=float("inf"))


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


def bench_many(client: Client, visit_type: VisitType, *, today: date, first: date) -> None:
    day = f"/api/availability/visit/?from={first}&days=1&location=bench"

    def soonest() -> list[availability.Slot]:
        return availability.find_soonest(visit_type=visit_type)

    with override_settings(CACHES=NO_CACHE):
        soonest()
        before = time_beside(lambda: client.get(day), soonest)
        add_practice(visit_type, today)
        began = process_time()
        soonest()
        first_time = (process_time() - began) * 1000
        after = time_beside(lambda: client.get(day), soonest)
    print(
        f"From {PRACTITIONERS} to {MANY_PRACTITIONERS} practitioners at {MANY_LOCATIONS} locations, CPU ms: "
        f"soonest three {before.floor:.1f} -> {after.floor:.1f} (at most {ALLOWED_SOONEST}; "
        f"{first_time:.0f} where the set-up has just changed), "
        f"the day at one location {before.own:.1f} -> {after.own:.1f}"
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
    client, bare = Client(), make_bare_client()
    first = find_workday(today)
    print(
        f"Open slots by HTTP on {connection.vendor}: "
        f"{PRACTITIONERS} practitioners, {COMING_VISITS:,} visits in the next {COMING_DAYS} days; CPU ms"
    )
    before: dict[str, float] = {}
    kept = True
    for size in [*SIZES, *([PLENTY] if os.environ.get("PLENTY") else [])]:
        fresh = near[:COMING_VISITS] if not before else []
        if size in SIZES:
            missing = size - Appointment.objects.count() - len(fresh)
            add_visits(visit_type, fresh + [far.pop() for _ in range(missing)])
        else:
            multiply_visits(size)
        print(f"{f'{size:,} visits':34}{'queries':>8}{'ms':>10}{'floor':>10}{'times':>8}{'growth':>8}")
        kept = bench_listings(client, bare, first=first, before=before) and kept
    bench_cached(client, bare, first=first)
    bench_page(client, bare)
    bench_many(client, visit_type, today=today, first=first)
    print(f"More than {ALLOWED_GROWTH} times the growth of the floor fails; the rest is to be read.")
    return 0 if kept else 1


def find_workday(today: date) -> date:
    return next(
        day for day in (today + timedelta(days=offset) for offset in range(1, 8)) if day.weekday() < 5
    )


if __name__ == "__main__":
    sys.exit(main())
