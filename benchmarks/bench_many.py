"""From 8 to 500 practitioners at 40 locations: the soonest times, one place's day, and 90 days of everybody.

`python -m benchmarks.bench_many` uses the database in DATABASE_URL, which must be empty. CPU time of this
process, in turns with its floor; memory is what Python holds more at the worst moment than before.
"""

import sys
import tracemalloc
from datetime import date, datetime, timedelta
from functools import partial

# Its import sets Django up, for the models below.
from benchmarks.practice import (
    COMING_DAYS,
    MANY_LOCATIONS,
    MANY_PRACTITIONERS,
    PRACTITIONERS,
    ZONE,
    add_practice,
    add_visits,
    find_workday,
    list_places,
    make_practice,
)

# isort: split
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import override_settings

from benchmarks import floor
from benchmarks.timing import Timing, make_bare_client, time_beside
from booking.availability import find_slots, find_soonest
from booking.models import VisitType

NO_CACHE = {name: {"BACKEND": "django.core.cache.backends.dummy.DummyCache"} for name in settings.CACHES}
SOONEST = 3
DAYS = 90
ALLOWED_SOONEST = 50  # milliseconds
ALLOWED_MB = 250


def time_soonest(visit_type: VisitType) -> Timing:
    return time_beside(
        partial(find_soonest, visit_type=visit_type, count=SOONEST),
        partial(floor.find_soonest, count=SOONEST),
    )


def time_place(client: Client, bare: Client, *, first: date) -> Timing:
    """The JSON of one location's day, beside the floor's of one practitioner."""
    own = f"/api/availability/visit/?from={first}&days=1&location=bench"
    beside = f"/slots?from={first}&days=1&practitioner=practitioner-0"
    return time_beside(partial(client.get, own), partial(bare.get, beside))


def bench_memory(visit_type: VisitType, *, first: date) -> bool:
    """90 days of everybody as a list of slots: what nobody asks for, and a program may."""
    tracemalloc.start()
    slots = find_slots(visit_type=visit_type, first_day=first, last_day=first + timedelta(days=DAYS - 1))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    kept = most / 2**20 <= ALLOWED_MB
    words = (
        f"{DAYS} days of {MANY_PRACTITIONERS} practitioners: {len(slots):,} slots, {most / 2**20:.0f} MB, "
    )
    verdict = "ok" if kept else "over"
    print(f"{words}{most / len(slots):.0f} bytes a slot (at most {ALLOWED_MB} MB)  {verdict}")
    return kept


def main() -> int:
    """1 where the soonest times took longer than is allowed, or the memory was more."""
    call_command("migrate", verbosity=0)
    visit_type = make_practice()
    today = datetime.now(ZONE).date()
    add_visits(visit_type, list(list_places(today, range(1, COMING_DAYS)))[::8])
    first = find_workday(today)
    client, bare = Client(), make_bare_client()
    print(f"From {PRACTITIONERS} to {MANY_PRACTITIONERS} practitioners on {connection.vendor}; CPU ms")
    with override_settings(CACHES=NO_CACHE):
        few, few_at_place = time_soonest(visit_type), time_place(client, bare, first=first)
        add_practice(visit_type, today)
        find_soonest(visit_type=visit_type)
        many, at_place = time_soonest(visit_type), time_place(client, bare, first=first)
    kept = many.own <= ALLOWED_SOONEST
    print(f"{'':34}{PRACTITIONERS:>10}{'floor':>10}{MANY_PRACTITIONERS:>10}{'floor':>10}")
    for name, before, after, verdict in (
        ("soonest three", few, many, f"at most {ALLOWED_SOONEST}  {'ok' if kept else 'over'}"),
        (f"a day of one of {MANY_LOCATIONS} locations", few_at_place, at_place, "should not change"),
    ):
        print(
            f"{name:34}{before.own:10.1f}{before.floor:10.1f}{after.own:10.1f}{after.floor:10.1f}  {verdict}"
        )
    return 0 if bench_memory(visit_type, first=first) and kept else 1


if __name__ == "__main__":
    sys.exit(main())
