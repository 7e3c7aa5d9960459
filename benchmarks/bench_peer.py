"""Another booking system beside ours: the same requests at both, in turns, in one run.

    PEER_URL=http://127.0.0.1:8123 PEER_KIND=django-appointment python -m benchmarks.bench_peer

PEER_URL is the address that leads to the peer's booking page, on this machine: any other is refused.
PEER_KIND is django-appointment or easyappointments; `benchmarks/peers/` knows how each is asked, and has what
fills one with a practice as large as ours. Ours runs on the database in DATABASE_URL, which must be empty, or
on a PostgreSQL of its own.

Times are of the wall, from one client that makes a new connection for each request. CPU time is that of all
processes that listen at the port, and of their children: not that of a database, and not that of whatever
works behind a proxy. Ours answers anew each time, and "with our cache" as production does once somebody has
asked. A peer's mails are sent within its requests, ours by a worker that does not run here.
"""

import os
import sys
import tempfile
import time
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count, cycle
from pathlib import Path
from statistics import mean, median, quantiles
from threading import Lock
from typing import Protocol
from urllib.parse import urlsplit

import psutil

# Sets Django up, with a broker.
from benchmarks.bench_booking import BROKER_PORT, CLIENTS, Times, book_by_http, count_a_second

# isort: split
from benchmarks.__main__ import run_on_postgres
from benchmarks.listening import describe, find_listeners, spent_by
from benchmarks.peers.django_appointment import DjangoAppointment
from benchmarks.peers.easyappointments import EasyAppointments
from benchmarks.peers.visitor import Visitor, is_loopback
from benchmarks.peers.visits import CLINICIANS, FREE, draw_visits, list_workdays
from benchmarks.practice import ZONE, add_visits, make_practice
from benchmarks.served import Site, serving
from clinic.processes import stop_children
from clinic.valkey import start_valkey

# isort: split
from django.core.management import call_command
from django.db import connection

TURNS = 5
TURN_SECONDS = 0.3
FEWEST = 3  # requests in a turn
BOOKING_TURNS = 2
BOOKING_SECONDS = 6
ASKED_DAYS = 5
WITHOUT_CACHE = {"DJANGO_SETTINGS_MODULE": "benchmarks.uncached"}

Ask = Callable[[int, date], object]
"""Asks about the clinician with this number, and this day."""


class Peer(Protocol):
    site: str
    questions: dict[str, Callable[[Visitor, int, date], object]]

    @property
    def why_not_booked(self) -> str: ...

    def book(self, *, who: str, clinician: int, day: date, choose: Callable[[list[str]], str]) -> None: ...


KINDS: dict[str, Callable[[str], Peer]] = {
    "django-appointment": DjangoAppointment,
    "easyappointments": EasyAppointments,
}


def list_month(day: date, *, clinician: int | None = None) -> str:
    days = monthrange(day.year, day.month)[1]
    return f"/api/availability/visit/?from={day.replace(day=1)}&days={days}{name_clinician(clinician)}"


def list_day(day: date, *, clinician: int | None = None) -> str:
    return f"/api/availability/visit/?from={day}&days=1{name_clinician(clinician)}"


def name_clinician(number: int | None) -> str:
    return "" if number is None else f"&practitioner=practitioner-{number}"


# Our address for each of the peer's questions. The times stand on our page.
OWN: dict[str, Callable[[int, date], str]] = {
    "one day, one clinician": lambda clinician, day: list_day(day, clinician=clinician),
    "one day, all": lambda clinician, day: list_day(day),
    "a month, one clinician": lambda clinician, day: list_month(day, clinician=clinician),
    "a month, all": lambda clinician, day: list_month(day),
    "booking page": lambda clinician, day: "/book/visit/",
    "booking page with times": lambda clinician, day: "/book/visit/",
}


@dataclass
class Side:
    """Ours or the peer's: the processes that answer, and the seconds that their answers took so far."""

    listeners: list[psutil.Process]
    walls: list[float] = field(default_factory=list)
    spent: float = 0.0
    rates: list[float] = field(default_factory=list)
    """Bookings a second, of each turn."""

    def run(self, work: Callable[[], None]) -> None:
        before = spent_by(self.listeners)
        work()
        self.spent += spent_by(self.listeners) - before

    @property
    def middle(self) -> float:
        return median(self.walls) * 1000

    @property
    def p95(self) -> float:
        return quantiles(self.walls, n=20)[-1] * 1000

    @property
    def cpu(self) -> float | None:
        """Milliseconds for each answer; None where the processes cannot be seen."""
        return self.spent * 1000 / len(self.walls) if self.listeners else None


def ask_for_a_turn(ask: Ask, questions: "cycle[tuple[int, date]]", walls: list[float]) -> None:
    stop_at, fewest = time.perf_counter() + TURN_SECONDS, len(walls) + FEWEST
    while len(walls) < fewest or time.perf_counter() < stop_at:
        clinician, day = next(questions)
        began = time.perf_counter()
        ask(clinician, day)
        walls.append(time.perf_counter() - began)


def time_in_turns(ours: Side, ask_ours: Ask, theirs: Side, ask_theirs: Ask, *, days: list[date]) -> None:
    """Both are asked the same, about each clinician and day; before that once, to warm up."""
    asked = [(clinician, day) for day in days for clinician in range(CLINICIANS)]
    sides = [(ours, ask_ours, cycle(asked)), (theirs, ask_theirs, cycle(asked))]
    # What is remembered shall be so for all; a peer is warm after one.
    for clinician, day in asked:
        ask_ours(clinician, day)
    ask_theirs(*asked[0])
    for _ in range(TURNS):
        for side, ask, questions in sides:
            side.run(partial(ask_for_a_turn, ask, questions, side.walls))


def show_sides(name: str, ours: Side, theirs: Side) -> None:
    """Ours, the peer's, and how many times the peer's ours is."""
    words = ""
    for own, other in ((ours.middle, theirs.middle), (ours.p95, theirs.p95), (ours.cpu, theirs.cpu)):
        words += (
            f"{own:10.1f}{other:9.1f}{own / other:7.2f}" if own and other else f"{'-':>10}{'-':>9}{'-':>7}"
        )
    print(f"{name:38}{words}", flush=True)


def show_heading() -> None:
    columns = "".join(f"{name + ': ours':>10}{'peer':>9}{'times':>7}" for name in ("wall", "p95", "CPU"))
    print(f"{'':38}{columns}")


def compare_questions(
    peer: Peer, peers: list[psutil.Process], *, fresh: Site, usual: Site, today: date
) -> None:
    """`fresh` and `usual` are our site without and with its cache."""
    visitor = Visitor(site=peer.site)
    for name, ask_peer in peer.questions.items():
        for label, site in ((name, fresh), (f"{name}, with our cache", usual)):
            ours, theirs = Side(find_listeners(site.port)), Side(peers)
            ask_ours = partial(ask_own, Visitor(site=site.address), OWN[name])
            days = list_asked_days(name, today)
            time_in_turns(ours, ask_ours, theirs, partial(ask_peer, visitor), days=days)
            show_sides(label, ours, theirs)


def list_asked_days(name: str, today: date) -> list[date]:
    """Five days for what is asked of days; of a month, the next one."""
    if "month" in name:
        return [(today.replace(day=1) + timedelta(days=32)).replace(day=1)]
    return list_workdays(today, range(1, 15))[: ASKED_DAYS if "day" in name else 1]


def find_port(address: str) -> int:
    return urlsplit(address).port or 80


def ask_own(visitor: Visitor, find_address: Callable[[int, date], str], clinician: int, day: date) -> None:
    visitor.open_page(find_address(clinician, day))


class FreeTimes:
    """The peer's open times, as it tells them, each chosen by one of the eight only."""

    def __init__(self, today: date) -> None:
        days = list_workdays(today, FREE)
        self.asked = cycle((clinician, day) for day in days for clinician in range(CLINICIANS))
        self.chosen: set[tuple[int, date, str]] = set()
        self.numbers = count(1)
        # Who has booked in an earlier run is known to the peer.
        self.run = int(time.time())
        self.lock = Lock()

    def book(self, peer: Peer) -> None:
        with self.lock:
            clinician, day = next(self.asked)
            who = f"patient-{self.run}-{next(self.numbers)}"
        peer.book(who=who, clinician=clinician, day=day, choose=partial(self.choose, clinician, day))

    def choose(self, clinician: int, day: date, starts: list[str]) -> str:
        with self.lock:
            for start in starts:
                if (clinician, day, start) not in self.chosen:
                    self.chosen.add((clinician, day, start))
                    return start
        raise RuntimeError(f"The peer has no open time left on {day}: fill it anew.")


def compare_bookings(
    peer: Peer, peers: list[psutil.Process], *, site: Site, times: Times, today: date
) -> None:
    free = FreeTimes(today)
    ours, theirs = Side(find_listeners(site.port)), Side(peers)
    works = [(ours, partial(book_by_http, site.address, times)), (theirs, partial(free.book, peer))]
    for _, work in works:
        work()
    for _ in range(BOOKING_TURNS):
        for side, work in works:
            side.run(partial(book_for_a_turn, work, side))
    show_sides("one whole booking among eight", ours, theirs)
    own, other = mean(ours.rates), mean(theirs.rates)
    print(
        f"{CLIENTS} patients at once, every page: ours {own:.1f} bookings a second, "
        f"the peer's {other:.1f}, {own / other:.2f} times"
    )


def book_for_a_turn(work: Callable[[], None], side: Side) -> None:
    def book_one() -> None:
        began = time.perf_counter()
        work()
        side.walls.append(time.perf_counter() - began)

    side.rates.append(count_a_second(book_one, seconds=BOOKING_SECONDS))


def add_drawn_visits(today: date) -> Times:
    """Fill ours as a peer is filled."""
    visit_type = make_practice()
    add_visits(
        visit_type,
        [
            (number, datetime.combine(day, start, ZONE).astimezone(UTC))
            for number, day, start in draw_visits(today)
        ],
    )
    return Times(visit_type, days=FREE)


def compare(peer: Peer, *, kind: str) -> None:
    today = datetime.now(ZONE).date()
    times = add_drawn_visits(today)
    peers = find_listeners(find_port(peer.site))
    with serving("clinic.wsgi") as usual, serving("clinic.wsgi", changed=WITHOUT_CACHE) as fresh:
        print(f"Beside {kind}, ours on {connection.vendor}: the same requests in turns, milliseconds")
        own = find_listeners(usual.port)
        print(f"CPU is of ours: {describe(own)}; of the peer: {describe(peers)}")
        show_heading()
        compare_questions(peer, peers, fresh=fresh, usual=usual, today=today)
        if peer.why_not_booked:
            print(f"No booking is timed: {peer.why_not_booked}")
        else:
            compare_bookings(peer, peers, site=usual, times=times, today=today)


def main() -> int:
    address, kind = os.environ.get("PEER_URL"), os.environ.get("PEER_KIND")
    if not address or not kind:
        print("No other booking system is timed: PEER_URL and PEER_KIND name none.")
        return 0
    if kind not in KINDS:
        sys.exit(f"PEER_KIND is {kind!r}, and may be {' or '.join(KINDS)}.")
    if not is_loopback(address):
        sys.exit(
            "PEER_URL leads to another machine. Only a peer on this one is timed: load is not ours to make."
        )
    if "DATABASE_URL" not in os.environ:
        return 0 if run_on_postgres("benchmarks.bench_peer") else 1
    try:
        peer = KINDS[kind](address)
    except (LookupError, OSError, RuntimeError) as error:
        sys.exit(f"The peer cannot be asked: {error}")
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
        broker = start_valkey(folder=Path(folder), port=BROKER_PORT)
        try:
            compare(peer, kind=kind)
        finally:
            stop_children(broker)
    return 0


if __name__ == "__main__":
    sys.exit(main())
