"""What the reports cost: each page whole, over half a million visits in two years.

`python -m benchmarks.bench_reports` uses the database in DATABASE_URL, which must be empty: 12 clinicians,
6 visit types, 500,000 visits with a mail each, 20,000 wishes. Beside each stands its floor: one count of the
same rows, in the same process.
"""

import random
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from statistics import median
from time import perf_counter

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

# Its import sets Django up, for the models below.
from benchmarks.bench_desk import make_practice
from benchmarks.practice import ZONE
from booking.models import (
    AccessFigure,
    Appointment,
    Location,
    Patient,
    Practitioner,
    VisitType,
    WaitlistEntry,
    WaitlistOffer,
)
from booking.reports import REPORTS
from outbox.models import OutboxMessage
from staff.second_factor import PASSED

VISITS = 500_000
WISHES = 20_000
DAYS = 730
STARTS_A_DAY = 60
ROUNDS = 3
MOST_SECONDS = 2.0  # on PostgreSQL
BATCH = 5_000
WAYS = ("direct", "direct", "article", "path", "caller")


def add_rows(today: date) -> None:
    """Write the rows directly, as practice.py does."""
    for visits in batched(list_visits(today), BATCH):
        Appointment.objects.bulk_create(visits)
        OutboxMessage.objects.bulk_create(map(tell_of, visits))
    add_wishes(today)
    AccessFigure.objects.bulk_create(
        AccessFigure(day=today - timedelta(days=back), visit_type=visit_type, days_ahead=back % 30)
        for back in range(DAYS)
        for visit_type in VisitType.objects.all()
    )


def batched(rows: Iterable[Appointment], size: int) -> Iterator[list[Appointment]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        yield batch


def list_visits(today: date) -> Iterator[Appointment]:
    """Yield the visits, unsaved: each clinician's and each patient's have a time of the day of their own."""
    dice = random.Random(2026)
    location, types = Location.objects.get(), list(VisitType.objects.all())
    people = list(Practitioner.objects.all())
    patients = Patient.objects.bulk_create(
        Patient(given_name="Bench", family_name=f"Patient {number}", birth_date=date(1980, 1, 1))
        for number in range(len(people) * STARTS_A_DAY)
    )
    for number in range(VISITS):
        place, back = divmod(number, DAYS)
        person, step = divmod(place, STARTS_A_DAY)
        midnight = datetime.combine(today - timedelta(days=back), time(), ZONE)
        start = (midnight + timedelta(hours=6, minutes=15 * step)).astimezone(UTC)
        end = start + timedelta(minutes=15)
        status = dice.choices(("fulfilled", "noshow", "cancelled"), (88, 5, 7))[0]
        is_off = status == "cancelled"
        yield Appointment(
            visit_type=types[number % len(types)],
            practitioner=people[person % len(people)],
            location=location,
            patient=patients[place],
            status=status,
            start=start,
            end=end,
            busy_start=start,
            busy_end=end,
            booked_at=start - timedelta(days=dice.randint(0, 60), hours=2),
            came_from=WAYS[number % len(WAYS)],
            cancellation_reason="patient" if is_off else "",
            cancelled_at=start - timedelta(hours=dice.randint(1, 200)) if is_off else None,
            reference=f"{number:06}",
        )


def tell_of(visit: Appointment) -> OutboxMessage:
    return OutboxMessage(
        kind="booking.booked",
        subject_id=visit.pk,
        version=0,
        recipient="patient",
        state="sent",
        send_at=visit.start,
        sent_at=visit.start + timedelta(seconds=visit.pk % 120),
    )


def add_wishes(today: date) -> None:
    """Write the wishes of one patient, and an offer for each."""
    patient = Patient.objects.create(given_name="Bench", family_name="Patient", birth_date=date(1980, 1, 1))
    location, person, visit_type = (
        Location.objects.get(),
        Practitioner.objects.first(),
        VisitType.objects.first(),
    )
    assert person is not None
    assert visit_type is not None
    now = timezone.now()
    entries = WaitlistEntry.objects.bulk_create(
        WaitlistEntry(
            patient=patient,
            visit_type=visit_type,
            until=today,
            status="left",
            ended_at=now,
            created_at=now - timedelta(days=number % DAYS),
        )
        for number in range(WISHES)
    )
    WaitlistOffer.objects.bulk_create(
        WaitlistOffer(
            entry=entry,
            practitioner=person,
            location=location,
            start=entry.created_at,
            status=("accepted", "passed", "expired")[number % 3],
            offered_at=entry.created_at,
            expires_at=entry.created_at,
            ended_at=entry.created_at,
        )
        for number, entry in enumerate(entries)
    )


def sign_in() -> Client:
    client = Client()
    user = get_user_model()._default_manager.create_superuser("bench", password=None)
    client.force_login(user)
    session = client.session
    session[PASSED] = user.pk
    session.save()
    return client


def time_page(client: Client, address: str) -> float:
    """Return the median seconds of the whole request."""
    taken = []
    for _ in range(ROUNDS):
        began = perf_counter()
        response = client.get(address)
        taken.append(perf_counter() - began)
        assert response.status_code == 200, (address, response.status_code)
        assert b"There is nothing to count" not in response.content, address
    return median(taken)


def time_floor() -> float:
    taken = []
    for _ in range(ROUNDS):
        began = perf_counter()
        Appointment.objects.count()
        taken.append(perf_counter() - began)
    return median(taken)


def main() -> int:
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    make_practice()
    add_rows(timezone.localdate())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = sign_in()
    print(f"Reports on {connection.vendor}, {Appointment.objects.count():,} visits of {DAYS} days")
    first = timezone.localdate() - timedelta(days=DAYS)
    slowest = 0.0
    print(f"  one count of the visits   {time_floor():6.2f} s")
    for name in REPORTS:
        seconds = time_page(client, f"/admin/reports/{name}/?first={first.isoformat()}")
        slowest = max(slowest, seconds)
        print(f"  {name:24}  {seconds:6.2f} s", flush=True)
    return int(connection.vendor == "postgresql" and slowest > MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
