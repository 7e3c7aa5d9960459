"""One storm, from an empty database to the verdict. __main__.py sets Django up for it."""

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection

from clinic.processes import start_child, stop_children
from clinic.run import ROOT
from education.models import Article
from outbox.tests.sink import Sink
from storm.client import OVER
from storm.clinic import LOOK_SECONDS, Clinic, Process
from storm.figures import Kill
from storm.journal import Act, Press, read_journals
from storm.judge import Verdict, count_waiting, judge, list_unseen
from storm.killing import plan_kills, strike
from storm.people import STUBBORN_SECONDS, Plan
from storm.practice import list_days, make_crowded_practice, sign_in_front_desk
from storm.stale import list_stale
from storm.wanted import Wanted

# A client ends what it has begun, and its last request may take as long as a browser waits.
LEAVE_SECONDS = 2 * STUBBORN_SECONDS + 20
# On a slow machine it rages for longer, until everything has happened in it.
LONGEST = 4
WAIT_SECONDS = 20
JOURNALS = "*.jsonl"
# The worker has so many processes, each with one mail on its way.
MAILS_AT_ONCE = 2


@dataclass(frozen=True)
class Storm:
    server: str
    """The database, and how well it keeps what it commits."""
    began: float
    seconds: float
    kills: list[Kill]
    presses: list[Press]
    acts: list[Act]
    drained_after: float
    verdict: Verdict


def prepare(*, site: str, wanted: Wanted) -> Plan:
    """Fill the empty database, collect the static files, and say what the clients must know."""
    call_command("migrate", interactive=False, verbosity=0)
    visit_type = make_crowded_practice()
    # As the release of a deploy does. After the practice: an article ends in a visit type.
    call_command("prepare", stdout=StringIO())
    call_command("collectstatic", interactive=False, verbosity=0)
    plan = Plan(
        site=site,
        visit_type=visit_type.slug,
        visit_type_key=visit_type.pk,
        articles=list(Article.objects.published().values_list("slug", flat=True)),
        days=list_days(),
        sessions=sign_in_front_desk(wanted.clients["receptionists"]),
        seed=wanted.seed,
    )
    connection.close()
    return plan


def run(*, clinic: Clinic, sink: Sink, plan: Plan, wanted: Wanted) -> Storm:
    """Let the clients loose, kill what is to be killed, wait until all mail has left, and judge."""
    dice = random.Random(wanted.seed)
    began = time.monotonic()
    with running_clients(clinic.folder, plan=plan, wanted=wanted) as clients:
        kills = let_rage(clinic, wanted=wanted, dice=dice, began=began)
        (clinic.folder / OVER).touch()
        wait_for_clients(clinic, clients)
    seconds = time.monotonic() - began
    drained_after = drain(clinic, seconds=wanted.drain_seconds)
    presses, acts, offers = read_journals(clinic.folder.glob(JOURNALS))
    # Whoever had sent a mail could not write down that it had left.
    may_double = MAILS_AT_ONCE * (clinic.deaths["worker"] + clinic.deaths["PostgreSQL"])
    verdict = judge(presses=presses, acts=acts, mails=sink.mails, may_double=may_double)
    verdict.complaints += [*list_unseen(acts), *list_stale(offers, acts)]
    if not offers:
        verdict.complaints.append("no time was ever offered to a reader")
    if drained_after > wanted.drain_seconds:
        verdict.complaints.append(f"mail still waits after {wanted.drain_seconds:.0f} s")
    never = sorted({*wanted.kills} - {kill.what for kill in kills})
    verdict.complaints += [f"{what} was never killed" for what in never]
    return Storm(
        server=describe_server(),
        began=began,
        seconds=seconds,
        kills=kills,
        presses=presses,
        acts=acts,
        drained_after=drained_after,
        verdict=verdict,
    )


def describe_server() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        told = [f"PostgreSQL {cursor.fetchone()[0]}"]
        for setting in ("fsync", "synchronous_commit"):
            cursor.execute(f"SHOW {setting}")
            told.append(f"{setting} {cursor.fetchone()[0]}")
    return ", ".join(told)


@contextmanager
def running_clients(folder: Path, *, plan: Plan, wanted: Wanted) -> Iterator[list[Process]]:
    """The clients, each a process; whoever still runs at the end of the block is killed."""
    (folder / "plan.json").write_text(json.dumps(asdict(plan)))
    clients: list[Process] = []
    try:
        for role, count in wanted.clients.items():
            for number in range(count):
                words = [str(folder), role, str(number), str(count)]
                with (folder / f"{role}-{number}.log").open("wb") as log:
                    command = [sys.executable, "-m", "storm.client", *words]
                    clients.append(start_child(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT))
        yield clients
    finally:
        stop_children(*clients, how=signal.SIGKILL)


def let_rage(clinic: Clinic, *, wanted: Wanted, dice: random.Random, began: float) -> list[Kill]:
    """Kill in turn until the load ends. Returns what was killed, and when."""
    kills: list[Kill] = []
    for planned in plan_kills(names=wanted.kills, seconds=wanted.seconds, dice=dice):
        clinic.watch(began + planned.at - time.monotonic())
        if kill := kill_when_there(clinic, planned.what, dice=dice):
            kills.append(kill)
            clinic.tell(f"killed: {kill.what}")
    clinic.watch(began + wanted.seconds - time.monotonic())
    while list_unseen(read_journals(clinic.folder.glob(JOURNALS)).acts):
        if time.monotonic() > began + LONGEST * wanted.seconds:
            break
        clinic.watch(2)
    return kills


def kill_when_there(clinic: Clinic, what: str, *, dice: random.Random) -> Kill | None:
    """Kill it, or, where it is down just now, as soon as it is back. None: it does not come back."""
    deadline = time.monotonic() + WAIT_SECONDS
    while (now := time.monotonic()) < deadline:
        if strike(clinic, what, dice):
            return Kill(at=now, what=what)
        clinic.watch(LOOK_SECONDS)
    return None


def wait_for_clients(clinic: Clinic, clients: list[Process]) -> None:
    """Let them end what they have begun. Raises RuntimeError where one of them failed."""
    deadline = time.monotonic() + LEAVE_SECONDS
    while any(client.poll() is None for client in clients) and time.monotonic() < deadline:
        clinic.look()
        time.sleep(LOOK_SECONDS)
    if failed := [client for client in clients if client.poll() != 0]:
        raise RuntimeError(f"{len(failed)} clients failed; see what they wrote.")


def drain(clinic: Clinic, *, seconds: float) -> float:
    """Wait until every process is back and no mail waits; return how long that took."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) <= seconds:
        clinic.look()
        try:
            if clinic.is_whole() and count_waiting() == 0:
                break
        except (OperationalError, InterfaceError):
            # It was killed last of all.
            connection.close()
        time.sleep(LOOK_SECONDS)
    return waited
