"""What the desk costs the server: its day, the refresh of it and its week, whole requests.

`python -m benchmarks.bench_desk` uses the database in DATABASE_URL, which must be empty: 12 clinicians,
6 visit types, 300 visits today, 1,500 in seven days and some more to come. Beside each stands its floor:
the same visits fetched with one query and written into a bare table, in the same process.
"""

import random
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, product
from statistics import median
from time import perf_counter

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import format_html_join

# Its import sets Django up, for the models below.
from benchmarks.practice import ZONE
from booking.models import Appointment, AvailabilityRule, Location, Patient, Practitioner, Room, VisitType
from staff.second_factor import PASSED

CLINICIANS = 12
VISIT_TYPES = 6
VISITS_TODAY = 300
VISITS_ON_OTHER_DAYS = 200
VISITS_LATER = 100
WEEKS_LATER = 8
MINUTES = 20
STARTS_A_DAY = 30
STATUSES = ("booked", "booked", "booked", "arrived", "checked_in", "fulfilled", "noshow")
ROUNDS = 20
MAX_DAY = 150  # milliseconds
MAX_WEEK = 300
_numbers = count()


def make_practice() -> None:
    """Clinicians with hours from 8 to 6 on every day, who all do everything, and rooms for half of that."""
    location = Location.objects.create(
        name="Bench", slug="bench", line1="1 Alder Street", city="New York", state="NY", postal_code="10016"
    )
    rooms = [Room.objects.create(location=location, name=f"Room {number}") for number in range(CLINICIANS)]
    types = [
        VisitType.objects.create(
            name=f"Visit {number}",
            slug=f"visit-{number}",
            duration=MINUTES,
            start_step=MINUTES,
            position=number,
        )
        for number in range(VISIT_TYPES)
    ]
    for visit_type in types[::2]:
        visit_type.rooms.set(rooms)
    for number in range(CLINICIANS):
        person = Practitioner.objects.create(
            slug=f"clinician-{number}", title="Dr.", given_name="Bench", family_name=f"Clinician {number}"
        )
        person.visit_types.set(types)
        AvailabilityRule.objects.bulk_create(
            AvailabilityRule(
                practitioner=person, location=location, weekday=weekday, starts_at=time(8), ends_at=time(18)
            )
            for weekday in range(7)
        )


def add_visits(today: date) -> None:
    """Write the rows directly, as practice.py does: whole weeks around today."""
    dice = random.Random(2026)
    monday = today - timedelta(days=today.weekday())
    for number in range(7 * (1 + WEEKS_LATER)):
        day = monday + timedelta(days=number)
        size = VISITS_LATER if number >= 7 else VISITS_TODAY if day == today else VISITS_ON_OTHER_DAYS
        add_day(day, size=size, is_coming=day > today, dice=dice)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def add_day(day: date, *, size: int, is_coming: bool, dice: random.Random) -> None:
    people, rooms = list(Practitioner.objects.order_by("pk")), list(Room.objects.order_by("pk"))
    types = list(VisitType.objects.order_by("pk"))
    location = Location.objects.get()
    patients = Patient.objects.bulk_create(
        Patient(
            given_name="Bench",
            family_name=f"Patient {next(_numbers)}",
            birth_date=date(1980, 1, 1),
            phone="+12125550177",
        )
        for _ in range(size)
    )
    opens = datetime.combine(day, time(8), ZONE).astimezone(UTC)
    places = dice.sample(list(product(range(CLINICIANS), range(STARTS_A_DAY))), size)
    Appointment.objects.bulk_create(
        [
            Appointment(
                visit_type=types[(number + step) % VISIT_TYPES],
                practitioner=people[number],
                room=rooms[number],
                location=location,
                patient=patient,
                status="booked" if is_coming else dice.choice(STATUSES),
                reference=f"{next(_numbers):06}",
                start=(start := opens + timedelta(minutes=MINUTES * step)),
                end=start + timedelta(minutes=MINUTES),
                busy_start=start,
                busy_end=start + timedelta(minutes=MINUTES),
                needs_interpreter=number == 0,
                interpreter_language="Spanish" if number == 0 else "",
            )
            for patient, (number, step) in zip(patients, places, strict=True)
        ],
        batch_size=500,
    )


@dataclass(frozen=True)
class Page:
    """`limit` is the median allowed, in milliseconds; `prepare` runs before each request, untimed."""

    name: str
    address: str
    days: int
    limit: float
    status: int = 200
    prepare: Callable[[], object] = bool


def draw_floor(first: date, days: int) -> str:
    """The same visits with one query, in a bare table."""
    start = datetime.combine(first, time(), ZONE)
    visits = Appointment.objects.with_parts().filter(start__gte=start, start__lt=start + timedelta(days=days))
    cells = (
        (visit.local_start.strftime("%H:%M"), visit.practitioner, visit.patient, visit.visit_type)
        for visit in visits
    )
    row = "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>"
    return "<table>" + format_html_join("", row, cells) + "</table>"


def list_pages(client: Client, today: date) -> Iterator[Page]:
    html = client.get("/admin/desk/").content.decode()
    seen = "&".join(f"seen={mark}" for mark in re.findall(r'name="seen" value="([^"]+)"', html))
    refresh = f"/admin/desk/refresh/?{seen}"
    midnight = datetime.combine(today, time(), ZONE)
    visit = Appointment.objects.filter(status="fulfilled", start__gte=midnight)[0]

    def change() -> None:
        """As another desk would; the parts in `seen` are never those that are shown then."""
        status = ("noshow", "checked_in")[next(_numbers) % 2]
        Appointment.objects.filter(pk=visit.pk).update(status=status)

    yield Page("day", "/admin/desk/", 1, MAX_DAY)
    yield Page("refresh, nothing new", refresh, 1, MAX_DAY, status=204)
    yield Page("refresh, one visit changed", refresh, 1, MAX_DAY, prepare=change)
    yield Page("week", "/admin/desk/week/", 7, MAX_WEEK)


def measure(client: Client, page: Page, today: date) -> bool:
    """Time the page and its floor in turns, and print them. Whether it kept within its limit."""
    page.prepare()
    with CaptureQueriesContext(connection) as queries:
        response = client.get(page.address)
        query_count = len(queries)
    if response.status_code != page.status:
        sys.exit(f"{page.name}: answered {response.status_code}, so there is nothing to time.")
    first = today if page.days == 1 else today - timedelta(days=today.weekday())
    own: list[float] = []
    floor: list[float] = []
    for _ in range(ROUNDS):
        page.prepare()
        began = perf_counter()
        client.get(page.address)
        own.append((perf_counter() - began) * 1000)
        began = perf_counter()
        draw_floor(first, page.days)
        floor.append((perf_counter() - began) * 1000)
    print(
        f"{page.name:32}{query_count:9}{median(own):9.1f}{median(floor):9.1f}"
        f"{median(own) / median(floor):8.1f}{page.limit:10.0f}"
    )
    return median(own) <= page.limit


def sign_in() -> Client:
    """Somebody who may see all, as in production, where a session has taken its second step."""
    client = Client()
    user = get_user_model().objects.create_superuser("bench")
    client.force_login(user)
    session = client.session
    session[PASSED] = user.pk
    session.save()
    return client


def main() -> int:
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    make_practice()
    today = datetime.now(ZONE).date()
    add_visits(today)
    client = sign_in()
    print(
        f"The desk on {connection.vendor}: {CLINICIANS} clinicians, {VISIT_TYPES} visit types, "
        f"{VISITS_TODAY} visits today"
    )
    print(f"{'page':32}{'queries':>9}{'ms':>9}{'floor':>9}{'times':>8}{'allowed':>10}")
    kept = [measure(client, page, today) for page in list_pages(client, today)]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
