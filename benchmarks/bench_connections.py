"""Three ways to keep connections to PostgreSQL, by whole bookings through gunicorn.

`python -m benchmarks.bench_connections` uses the PostgreSQL in DATABASE_URL, whose database must be empty.
The ways take turns, because the machine may be busier later. Processor time of all web processes and all of
PostgreSQL, for each booking.
"""

import os
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import psutil

# Sets Django up.
from benchmarks.bench_booking import BROKER_PORT, CLIENTS, Times, book_by_http, count_a_second
from benchmarks.practice import make_practice
from benchmarks.served import serving
from clinic.processes import stop_children
from clinic.valkey import start_valkey

# isort: split
from django.core.management import call_command
from django.db import connection

ROUNDS = 3
SECONDS = 8
WAYS = {
    "kept 60 s, as ours": {},
    "a new one for each request": {"DATABASE_URL": f"{os.environ['DATABASE_URL']}?conn_max_age=0"},
    "psycopg's pool": {"DJANGO_SETTINGS_MODULE": "benchmarks.pooled"},
}


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds for each booking, of our processes and of PostgreSQL's; bookings a second."""

    web: float
    database: float
    a_second: float


def spent_by(word: str) -> float:
    """Processor seconds of all processes with this word in their command, those that have ended included."""
    spent = 0.0
    for process in psutil.process_iter():
        try:
            if word in " ".join(process.cmdline()[:3]):
                times = process.cpu_times()
                spent += times.user + times.system + times.children_user + times.children_system
        except psutil.Error:
            continue
    return spent


def measure(way: dict[str, str], times: Times) -> Cost:
    with serving("clinic.wsgi", changed=way) as site:
        count_a_second(partial(book_by_http, site.address, times), seconds=1)
        before = {word: spent_by(word) for word in ("gunicorn", "postgres")}
        a_second = count_a_second(partial(book_by_http, site.address, times), seconds=SECONDS)
        spent = {word: spent_by(word) - before[word] for word in before}
    done = a_second * SECONDS
    return Cost(
        web=spent["gunicorn"] * 1000 / done, database=spent["postgres"] * 1000 / done, a_second=a_second
    )


def main() -> int:
    if connection.vendor != "postgresql":
        sys.exit("SQLite keeps no connections to a server.")
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    times = Times(make_practice())
    costs: dict[str, list[Cost]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
        broker = start_valkey(folder=Path(folder), port=BROKER_PORT)
        try:
            for _ in range(ROUNDS):
                for name, way in WAYS.items():
                    costs[name].append(measure(way, times))
        finally:
            stop_children(broker)
    print(f"Connections: {CLIENTS} patients at once, whole bookings; medians of {ROUNDS} rounds")
    print(f"{'':28}{'web ms':>10}{'PostgreSQL ms':>15}{'bookings/s':>12}")
    for name, some in costs.items():
        web, database, a_second = (
            median(getattr(cost, field) for cost in some) for field in ("web", "database", "a_second")
        )
        print(f"{name:28}{web:10.0f}{database:15.0f}{a_second:12.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
