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
from pathlib import Path

from django.core.management import call_command
from django.db import OperationalError, connection

from clinic.processes import start_child, stop_children
from clinic.run import ROOT
from education.models import Article
from outbox.tests.sink import Sink
from storm.clinic import LOOK_SECONDS, Clinic, Process
from storm.figures import Kill
from storm.journal import Act, Press, read_journals
from storm.judge import Verdict, count_waiting, judge, list_unseen
from storm.killing import DOUBLING, plan_kills, strike
from storm.people import STUBBORN_SECONDS, Plan
from storm.practice import list_days, make_crowded_practice, sign_in_front_desk
from storm.wanted import Wanted

# A client ends what it has begun, and its last request may take as long as a browser waits.
LEAVE_SECONDS = 2 * STUBBORN_SECONDS + 20
# Of each worker process a mail may have been on its way.
MAILS_AT_ONCE = 2


@dataclass(frozen=True)
class Storm:
    began: float
    seconds: float
    kills: list[Kill]
    presses: list[Press]
    acts: list[Act]
    drained_after: float
    verdict: Verdict


def prepare(*, site: str, wanted: Wanted) -> Plan:
    """Fill the empty database, collect the static files, and say what the clients must know."""
    visit_type = make_crowded_practice()
    # As the release of a deploy does.
    call_command("prepare", verbosity=0, stdout=sys.stderr)
    call_command("collectstatic", interactive=False, verbosity=0)
    plan = Plan(
        site=site,
        visit_type=visit_type.slug,
        visit_type_key=visit_type.pk,
        articles=list(Article.objects.published().values_list("slug", flat=True)),
        days=list_days(),
        sessions=sign_in_front_desk(wanted.clients["desk"]),
        until=0,
        seed=wanted.seed,
    )
    connection.close()
    return plan


def run(*, clinic: Clinic, sink: Sink, plan: Plan, wanted: Wanted) -> Storm:
    """Let the clients loose, kill what is to be killed, wait until all mail has left, and judge."""
    dice = random.Random(wanted.seed)
    began = time.monotonic()
    with running_clients(clinic.folder, plan=plan, wanted=wanted, began=began) as clients:
        kills = let_rage(clinic, wanted=wanted, dice=dice, began=began)
        wait_for_clients(clinic, clients)
    seconds = time.monotonic() - began
    drained_after = drain(clinic, seconds=wanted.drain_seconds)
    presses, acts = read_journals(sorted(clinic.folder.glob("*.jsonl")))
    may_double = MAILS_AT_ONCE * sum(kill.what in DOUBLING for kill in kills)
    verdict = judge(presses=presses, acts=acts, mails=sink.mails, may_double=may_double)
    verdict.complaints += list_unseen(acts)
    if drained_after > wanted.drain_seconds:
        verdict.complaints.append(f"mail still waits after {wanted.drain_seconds:.0f} s")
    return Storm(
        began=began,
        seconds=seconds,
        kills=kills,
        presses=presses,
        acts=acts,
        drained_after=drained_after,
        verdict=verdict,
    )


@contextmanager
def running_clients(folder: Path, *, plan: Plan, wanted: Wanted, began: float) -> Iterator[list[Process]]:
    """The clients, each a process; whoever still runs at the end of the block is killed."""
    told = asdict(plan) | {"until": began + wanted.seconds}
    (folder / "plan.json").write_text(json.dumps(told))
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
        now = time.monotonic()
        if strike(clinic, planned.what, dice):
            kills.append(Kill(at=now, what=planned.what))
            print(f"{now - began:>6.0f} s  killed: {planned.what}", file=sys.stderr, flush=True)
    clinic.watch(began + wanted.seconds - time.monotonic())
    return kills


def wait_for_clients(clinic: Clinic, clients: list[Process]) -> None:
    """Let them end what they have begun. Raises RuntimeError where one of them failed."""
    deadline = time.monotonic() + LEAVE_SECONDS
    while any(client.poll() is None for client in clients) and time.monotonic() < deadline:
        clinic.look()
        time.sleep(LOOK_SECONDS)
    if failed := [client for client in clients if client.poll() != 0]:
        raise RuntimeError(f"{len(failed)} clients failed; see their logs in {clinic.folder}.")


def drain(clinic: Clinic, *, seconds: float) -> float:
    """Wait until every process is back and no mail waits; return how long that took."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) <= seconds:
        clinic.look()
        try:
            if clinic.is_whole() and count_waiting() == 0:
                break
        except OperationalError:
            # It was killed last of all.
            connection.close()
        time.sleep(LOOK_SECONDS)
    return waited
