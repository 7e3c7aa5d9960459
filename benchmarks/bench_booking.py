"""What a whole booking costs: hold, details, check, booked; beside one INSERT under the same constraint.

`python -m benchmarks.bench_booking` uses the database in DATABASE_URL, which must be empty. First the
processor time of one process, both in turns. Then gunicorn with two processes and eight patients at once,
beside the floor behind the same server; and 32 patients who want one time.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from threading import Barrier, Lock
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from clinic.processes import find_free_port, stop_children

BROKER_PORT = find_free_port()
os.environ |= {
    "REDIS_URL": f"redis://127.0.0.1:{BROKER_PORT}/0",
    "ALLOWED_HOSTS": "testserver,127.0.0.1",
    # Patients behind gunicorn come from networks of their own; those who are timed without it, from one.
    "TRUSTED_PROXIES": "1",
    "MIN_FILL_SECONDS": "0",
    "MAX_HOLDS_PER_ADDRESS": "100000",
    "MAX_HOLD_TRIES_PER_HOUR": "100000",
    "MAX_BOOKINGS_PER_DAY": "100000",
    "LOG_LEVEL": "WARNING",
}

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

# Sets Django up.
from benchmarks.practice import ZONE, list_places, make_practice

# isort: split
from benchmarks.served import serving
from benchmarks.timing import Timing, make_bare_client, time_beside
from booking.availability import Slot
from booking.models import Appointment, Location, Patient, Practitioner, VisitType
from booking.tests.views.walk import DETAILS
from clinic.valkey import start_valkey
from faults.patient import Patient as Browser

ALLOWED = 8.0  # times one INSERT, all five requests together
ALLOWED_SHARE = 1 / 8  # of the floor's bookings a second
LONGEST = {"postgresql": 1.0, "sqlite": 3.0}  # seconds that anybody of the 32 waits
CLIENTS, HERD = 8, 32
RACES = 5
SECONDS = 12
_numbers = count(1)


class Times:
    """Times that nobody has yet, each given once."""

    def __init__(self, visit_type: VisitType, *, days: range = range(3, 115)) -> None:
        self.visit_type = visit_type
        self.location = Location.objects.get()
        self.people = list(Practitioner.objects.order_by("pk"))
        self.patients = list(Patient.objects.order_by("pk"))
        today = datetime.now(ZONE).date()
        self.places = list_places(today, days)
        # The floor is fast, and knows no horizon.
        self.far_places = list_places(today, range(days.stop, 40 * days.stop))
        self.lock = Lock()

    def take(self, places: Iterator[tuple[int, datetime]]) -> tuple[int, datetime]:
        with self.lock:
            return next(places)

    def take_slot(self) -> str:
        number, start = self.take(self.places)
        end = start + timedelta(minutes=20)
        return Slot(start=start, end=end, practitioner=self.people[number], location=self.location).key

    def take_row(self) -> dict[str, int]:
        """What the floor's INSERT wants to know."""
        number, start = self.take(self.far_places)
        return {
            "visit_type": self.visit_type.pk,
            "practitioner": self.people[number].pk,
            "location": self.location.pk,
            "patient": self.patients[number].pk,
            "minute": int(start.timestamp()) // 60,
        }


def book_whole(client: Client, times: Times) -> None:
    """All that a patient's browser asks for from a chosen time on."""
    number = next(_numbers)
    client.cookies.clear()
    client.post(reverse("booking:hold", args=["visit"]), {"slot": times.take_slot()})
    held = str(Appointment.objects.order_by("-pk").values_list("uid", flat=True)[0])
    details = {
        **DETAILS,
        "hold": held,
        "email": f"bench-{number}@example.org",
        "phone": f"212 555 {number:04}",
    }
    client.post(reverse("booking:details"), details)
    client.get(reverse("booking:check"), {"hold": held})
    booked = client.post(reverse("booking:check"), {"hold": held}, follow=True)
    if b"Your appointment is booked" not in booked.content:
        sys.exit("The whole booking did not end at a visit.")


def insert_row(bare: Client, times: Times) -> None:
    if bare.post("/visits", times.take_row()).status_code != 201:
        sys.exit("The floor did not write its visit.")


def time_booking(times: Times) -> Timing:
    # Each makes its middleware once, as a web process does: a new one reads all static files anew.
    client, bare = Client(), make_bare_client()
    for _ in range(3):
        book_whole(client, times)
    return time_beside(partial(book_whole, client, times), partial(insert_row, bare, times))


def count_a_second(work: Callable[[], None], *, seconds: float = SECONDS) -> float:
    """Let eight do the work over and over for some seconds; return how often a second it was done."""
    stop_at = time.monotonic() + seconds

    def go_on(_: int) -> int:
        done = 0
        while time.monotonic() < stop_at:
            work()
            done += 1
        return done

    began = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        done = sum(pool.map(go_on, range(CLIENTS)))
    return done / (time.monotonic() - began)


def book_by_http(site: str, times: Times) -> None:
    """Every page a patient sees, the list of times included, without looking for a time on it."""
    browser = Browser(site=site, number=next(_numbers))
    browser.prepare(visit_type="visit", slot=times.take_slot())
    browser.confirm()
    if not browser.is_booked:
        raise RuntimeError(f"A patient got stuck at: {browser.heading}")


def insert_by_http(site: str, times: Times) -> None:
    urlopen(Request(f"{site}/visits", data=urlencode(times.take_row()).encode()), timeout=30).close()


def race(site: str, times: Times) -> tuple[int, list[float]]:
    """Let 32 want one time at the same moment. Returns how many got it, and how long each waited."""
    slot, barrier = times.take_slot(), Barrier(HERD)

    def want(_: int) -> tuple[bool, float]:
        browser = Browser(site=site, number=next(_numbers))
        browser.get("/book/visit/")
        barrier.wait()
        answer = browser.post("/book/visit/hold/", slot=slot)
        return browser.hidden.get("hold") is not None, answer.seconds

    with ThreadPoolExecutor(HERD) as pool:
        answers = list(pool.map(want, range(HERD)))
    return sum(won for won, _ in answers), [seconds for _, seconds in answers]


def show(words: str, *, is_reached: bool) -> None:
    print(f"{words}  {'ok' if is_reached else 'over'}", flush=True)


def main() -> int:
    """1 where a time had another number of winners than one; the rest is to be read."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    times = Times(make_practice())
    print(f"Whole bookings on {connection.vendor}, beside one INSERT under the same constraint")
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
        broker = start_valkey(folder=Path(folder), port=BROKER_PORT)
        try:
            bench_processor(times)
            return 0 if bench_server(times) else 1
        finally:
            stop_children(broker)


def bench_processor(times: Times) -> None:
    timing = time_booking(times)
    words = f"hold, details, check, booked: {timing.own:.1f} ms of CPU, INSERT {timing.floor:.2f} ms, "
    show(f"{words}{timing.times:.1f} times (at most {ALLOWED:g})", is_reached=timing.times <= ALLOWED)


def bench_server(times: Times) -> bool:
    """Whether each contested time went to one."""
    with serving("benchmarks.floor_site") as site:
        floor = count_a_second(partial(insert_by_http, site.address, times))
    with serving("clinic.wsgi") as site:
        own = count_a_second(partial(book_by_http, site.address, times))
        waits = [race(site.address, times) for _ in range(RACES)]
    words = (
        f"{CLIENTS} patients at once, every page: {own:.1f} bookings a second, the floor's POST {floor:.0f}, "
    )
    show(f"{words}one in {floor / own:.1f} (at most 8)", is_reached=own >= floor * ALLOWED_SHARE)
    winners = [won for won, _ in waits]
    seconds = sorted(second for _, some in waits for second in some)
    p99 = seconds[int(len(seconds) * 0.99)]
    words = f"{HERD} after one time, {RACES} times: winners {winners}, half wait {median(seconds):.2f} s, "
    limit = LONGEST[connection.vendor]
    show(f"{words}99 in 100 {p99:.2f} s (at most {limit:g})", is_reached=p99 <= limit)
    return set(winners) == {1}


if __name__ == "__main__":
    sys.exit(main())
