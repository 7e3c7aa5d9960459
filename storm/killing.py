"""What is killed, and when: each in turn, in an order that the seed decides."""

import random
import signal
from collections.abc import Callable, Collection
from dataclasses import dataclass

import psutil

from storm.clinic import Clinic

# One more for each such stretch.
SECONDS_EACH = 25

Strike = Callable[[Clinic, random.Random], bool]


def kill_web_worker(clinic: Clinic, dice: random.Random) -> bool:
    """One of the processes that answer; gunicorn starts another."""
    [_master, *workers] = clinic.family("web")
    if workers:
        dice.choice(workers).kill()
    return bool(workers)


def kill(name: str) -> Strike:
    """kill -9 to the member and to all that it has started."""

    def kill_family(clinic: Clinic, dice: random.Random) -> bool:
        family = clinic.family(name)
        for process in family:
            process.kill()
        psutil.wait_procs(family[1:], timeout=5)
        return True

    return kill_family


def kill_web_master(clinic: Clinic, dice: random.Random) -> bool:
    """The one that listens. What it has started is left over, for whoever starts it again."""
    clinic.members["web"].kill()
    return True


def deploy_web(clinic: Clinic, dice: random.Random) -> bool:
    """SIGTERM, as a deploy sends it: requests that are here are answered."""
    clinic.members["web"].send_signal(signal.SIGTERM)
    return True


KILLS: dict[str, Strike] = {
    "web-process": kill_web_worker,
    "web": kill_web_master,
    "web-term": deploy_web,
    "worker": kill("worker"),
    "beat": kill("beat"),
    "valkey": kill("Valkey"),
    "postgresql": kill("PostgreSQL"),
}
MEMBER = {"worker": "worker", "beat": "beat", "valkey": "Valkey", "postgresql": "PostgreSQL"}


@dataclass(frozen=True)
class Planned:
    """`at` is in seconds from the beginning of the load."""

    at: float
    what: str


def plan_kills(*, names: Collection[str], seconds: float, dice: random.Random) -> list[Planned]:
    """Spread at least one of each over the time, none near its beginning or end."""
    count = max(len(names), int(seconds // SECONDS_EACH))
    order: list[str] = []
    while len(order) < count:
        order += dice.sample(sorted(names), len(names))
    stretch = seconds / count
    return [
        Planned(at=(number + dice.uniform(0.3, 0.6)) * stretch, what=what)
        for number, what in enumerate(order[:count])
    ]


def strike(clinic: Clinic, what: str, dice: random.Random) -> bool:
    """Kill it. False: it was not there, because it had just been killed or had died by itself."""
    name = MEMBER.get(what, "web")
    member = clinic.members.get(name)
    if member is None or member.poll() is not None:
        return False
    try:
        return KILLS[what](clinic, dice)
    except psutil.NoSuchProcess:
        # It ended by itself at this very moment.
        return False
