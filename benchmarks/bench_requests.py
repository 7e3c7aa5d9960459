"""What a request for open times costs, whole: server, middleware, view, queries, bytes; beside its floor.

`python -m benchmarks.bench_requests` uses the database in DATABASE_URL, which must be empty. Ours and the
floor (`floor.py`) stand behind gunicorn, with the same number of processes, and are asked in turns; all is
CPU time of the web processes: what the database server does for either is not in it. "Anew" answers are made
each time, while the set-up (rooms, hours, closings) is known, as it is in any process that has answered once.
Remembered ones stand beside an empty view with as many bytes: one behind the same middleware, and a bare one.
PLENTY=1 goes on to two million visits.
"""

import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import NamedTuple

# Its import sets Django up, for the models below.
from benchmarks.practice import (
    COMING_DAYS,
    PRACTITIONERS,
    ZONE,
    add_visits,
    find_workday,
    list_places,
    make_practice,
    multiply_visits,
)

# isort: split
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.served import PROCESSES, Question, Site, serving, time_in_turns
from benchmarks.timing import Timing
from booking.models import Appointment

COMING_VISITS = 1_000
SIZES = (2_000, 20_000)
PLENTY = 2_000_000
ALLOWED = 2.0  # times the floor
ALLOWED_CACHED = 1.3  # times an empty view
ALLOWED_GROWTH = 1.2  # 1.1 is the aim; the rest is what a busy machine adds
PAGE = "/book/visit/"
COMPRESSED = {"Accept-Encoding": "gzip"}


class Sites(NamedTuple):
    anew: Site
    ours: Site
    empty: Site
    floor: Site


@contextmanager
def serving_all() -> Iterator[Sites]:
    with (
        serving("clinic.wsgi", changed={"DJANGO_SETTINGS_MODULE": "benchmarks.uncached"}) as anew,
        serving("clinic.wsgi") as ours,
        serving("clinic.wsgi", changed={"DJANGO_SETTINGS_MODULE": "benchmarks.empty"}) as empty,
        serving("benchmarks.floor_site") as floor,
    ):
        yield Sites(anew=anew, ours=ours, empty=empty, floor=floor)


def show(name: str, timing: Timing, *, queries: int, allowed: float, growth: float | None = None) -> None:
    verdict = "ok" if timing.times <= allowed else f"over {allowed:g}"
    print(
        f"{name:44}{queries:8}{timing.own:10.2f}{timing.floor:10.2f}{timing.times:8.2f}"
        f"{f'{growth:8.2f}' if growth else ' ' * 8}  {verdict}",
        flush=True,
    )


def count_queries(path: str) -> int:
    """By a process that has not remembered the answer, and knows the set-up."""
    client = Client()
    client.get("/api/availability/visit/?days=2")
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
        return len(queries)


def bench_listings(sites: Sites, *, first: date, before: dict[str, float]) -> bool:
    """Whether none grew by more than is allowed."""
    kept = True
    one = "&practitioner=practitioner-0"
    for name, days in (("one day", 1), ("ten days", 10), ("a month", 31), ("90 days", 90)):
        for who, choice in (("one", one), ("all", "")):
            question = f"?from={first}&days={days}{choice}"
            own, floor = f"/api/availability/visit/{question}", f"/slots{question}"
            if sites.anew.get(own).body != sites.floor.get(floor).body:
                sys.exit(f"{own}: the floor answers otherwise, so there is nothing to compare.")
            timing = time_in_turns(Question(sites.anew, own), Question(sites.floor, floor))
            label = f"{name}, {who}"
            growth = timing.times / before.setdefault(label, timing.times)
            show(label, timing, queries=count_queries(own), allowed=ALLOWED, growth=growth)
            kept = kept and growth <= ALLOWED_GROWTH
    size = len(sites.anew.get(PAGE).body)
    timing = time_in_turns(Question(sites.anew, PAGE), Question(sites.floor, f"/times?bytes={size}"))
    growth = timing.times / before.setdefault("page", timing.times)
    show("the page of times", timing, queries=count_queries(PAGE), allowed=ALLOWED, growth=growth)
    return kept and growth <= ALLOWED_GROWTH


def bench_remembered(sites: Sites, *, first: date) -> None:
    one = f"/api/availability/visit/?from={first}&days=1&practitioner=practitioner-0"
    many = f"/api/availability/visit/?from={first}&days=1"
    cookie = {"Cookie": read_cookie(sites.ours)}
    for name, path, headers in (
        ("one day, one", one, {}),
        ("one day, all", many, {}),
        ("page", PAGE, cookie),
    ):
        answer = sites.ours.get(path, headers)
        # As a browser has it: compressed, and so with a weak tag.
        kept = COMPRESSED | {"If-None-Match": sites.ours.get(path, headers | COMPRESSED).etag}
        for how, more in (("remembered", {}), ("not modified", kept)):
            question = Question(sites.ours, path, headers | more)
            empty = f"/empty?bytes={len(answer.body) if how == 'remembered' else 0}"
            for beside, site in (("same middleware", sites.empty), ("bare", sites.floor)):
                timing = time_in_turns(question, Question(site, empty, headers))
                allowed = ALLOWED_CACHED if site == sites.empty else float("inf")
                show(f"{name}, {how}, {beside}", timing, queries=1, allowed=allowed)


def read_cookie(site: Site) -> str:
    """Return what a browser that has seen the page sends along."""
    return site.get(PAGE).cookie


def main() -> int:
    """1 where an answer grew by more than is allowed with the visits; the rest is to be read."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    visit_type = make_practice()
    today = datetime.now(ZONE).date()
    dice = random.Random(2026)
    near = list(list_places(today, range(1, COMING_DAYS)))
    far = [*list_places(today, range(-400, 0)), *list_places(today, range(COMING_DAYS, 200))]
    dice.shuffle(near)
    dice.shuffle(far)
    first = find_workday(today)
    print(
        f"Open slots by HTTP on {connection.vendor}, {PROCESSES} processes each: "
        f"{PRACTITIONERS} practitioners, {COMING_VISITS:,} visits in the next {COMING_DAYS} days; CPU ms"
    )
    before: dict[str, float] = {}
    kept = True
    with serving_all() as sites:
        for size in [*SIZES, *([PLENTY] if os.environ.get("PLENTY") else [])]:
            fresh = near[:COMING_VISITS] if not before else []
            if size in SIZES:
                missing = size - Appointment.objects.count() - len(fresh)
                add_visits(visit_type, fresh + [far.pop() for _ in range(missing)])
            else:
                multiply_visits(size)
            print(f"{f'{size:,} visits':44}{'queries':>8}{'ms':>10}{'floor':>10}{'times':>8}{'growth':>8}")
            kept = bench_listings(sites, first=first, before=before) and kept
        bench_remembered(sites, first=first)
    print(f"More than {ALLOWED_GROWTH} times the growth of the floor fails; the rest is to be read.")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
