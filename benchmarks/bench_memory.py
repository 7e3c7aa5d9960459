"""What a web process and a task process keep in memory after ten thousand requests and ten thousand mails.

`python -m benchmarks.bench_memory` uses the database in DATABASE_URL, which must be empty: gunicorn with one
process, Celery with one, as the Procfile starts them, and a mail server. What belongs to a process alone
(USS) may not go on growing once every page was made and every kind of work was done.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from urllib.request import urlopen

import psutil

# Sets Django up, with a broker. The mail server's address is for the processes that are started.
from benchmarks.bench_booking import BROKER_PORT, Times, book_by_http

# isort: split
from benchmarks import bench_outbox
from benchmarks.practice import ZONE, add_visits, list_places, make_practice
from benchmarks.served import serving
from clinic.processes import start_child, stop_children
from clinic.run import ROOT
from clinic.valkey import start_valkey

# isort: split
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from booking.models import Appointment, Patient, Practitioner
from outbox.models import OutboxMessage, State
from outbox.tasks import deliver_message_task

REQUESTS = MAILS = 10_000
# Of a thousand each: what is loaded, made or remembered once is there by the second.
THOUSAND, WARM = 1_000, 2
CLIENTS = 4
ALLOWED_MB = 12
# Visits before this many days are there from the start; those after it are booked.
BUSY_DAYS = 77


def own_mb(parent: psutil.Process) -> float:
    """Of the one process that works: gunicorn and Celery have a child each."""
    (worker,) = parent.children()
    return worker.memory_full_info().uss / 2**20


def work_in_thousands(do_thousand: Callable[[], None], parent: psutil.Process) -> list[float]:
    """Return the megabytes after each thousand."""
    taken = []
    for _ in range(REQUESTS // THOUSAND):
        do_thousand()
        taken.append(own_mb(parent))
    return taken


def show(name: str, taken: list[float]) -> bool:
    """Print them. Whether the last ones are no more than was allowed above the first warm one."""
    grown = max(taken[-2:]) - taken[WARM - 1]
    kept = grown <= ALLOWED_MB
    row = " ".join(f"{size:.0f}" for size in taken)
    print(
        f"{name}: {row} MB after each thousand; {grown:+.1f} MB since the second  {'ok' if kept else 'over'}"
    )
    return kept


def make_addresses(people: list[Practitioner]) -> Iterator[str]:
    """Pages and questions, hardly two the same: any day, one person or all, ten days or one."""
    today = datetime.now(ZONE).date()
    who = ["", *(f"&practitioner={person.slug}" for person in people)]
    for number in cycle(range(len(who) * BUSY_DAYS)):
        first = today + timedelta(days=1 + number % BUSY_DAYS)
        yield f"/api/availability/visit/?from={first}&days={1 + 9 * (number % 2)}{who[number % len(who)]}"
        yield "/"
        yield f"/book/visit/?day={first}"
        yield "/learn/"


def ask_thousand(site: str, addresses: Iterator[str], times: Times) -> None:
    """One visit is booked among forty other requests, all by four clients."""

    def ask(address: str) -> None:
        urlopen(site + address, timeout=60).close()

    def book(_: int) -> None:
        book_by_http(site, times)

    bookings = 20  # of eight requests each
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(ask, islice(addresses, THOUSAND - 8 * bookings)))
        list(pool.map(book, range(bookings)))


def bench_web(times: Times) -> bool:
    with serving("clinic.wsgi", processes=1) as site:
        addresses = make_addresses(times.people)
        taken = work_in_thousands(lambda: ask_thousand(site.address, addresses, times), site.server)
    return show(f"web process, {REQUESTS:,} requests", taken)


@contextmanager
def working() -> Iterator[psutil.Process]:
    """A Celery worker with one process."""
    words = "celery --app clinic --quiet worker --concurrency 1 --without-gossip --without-mingle"
    child = start_child([sys.executable, "-m", *words.split()], cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        yield psutil.Process(child.pid)
    finally:
        stop_children(child)


def bench_tasks() -> bool:
    messages = iter(list(OutboxMessage.objects.filter(kind="booking.booked").order_by("pk")))

    def send_thousand() -> None:
        keys = [message.pk for message in islice(messages, THOUSAND)]
        for pk in keys:
            deliver_message_task.delay(pk)
        while OutboxMessage.objects.filter(pk__in=keys).exclude(state=State.SENT).exists():
            time.sleep(0.2)

    with bench_outbox.running_server(), working() as worker:
        taken = work_in_thousands(send_thousand, worker)
    return show(f"task process, {MAILS:,} mails", taken)


def fill(times: Times) -> None:
    """Visits for all those mails, and the mails."""
    Patient.objects.update(email="patient@example.org")
    places = list_places(datetime.now(ZONE).date(), range(1, BUSY_DAYS))
    add_visits(times.visit_type, list(islice(places, MAILS)))
    OutboxMessage.objects.bulk_create(
        (
            OutboxMessage(
                kind="booking.booked", subject_id=pk, version=0, recipient="patient", send_at=timezone.now()
            )
            for pk in Appointment.objects.order_by("-start").values_list("pk", flat=True)
        ),
        batch_size=500,
    )


def main() -> int:
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    times = Times(make_practice(), days=range(BUSY_DAYS, 115))
    fill(times)
    print(f"Memory on {connection.vendor}, one process each")
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
        broker = start_valkey(folder=Path(folder), port=BROKER_PORT)
        try:
            kept = [bench_web(times), bench_tasks()]
        finally:
            stop_children(broker)
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
