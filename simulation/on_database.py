"""`python -m simulation.on_database SQLite|PostgreSQL DAYS SEED with|without`: one clinic, one database."""

import os
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import django

from clinic.tests.postgres import running_server

if TYPE_CHECKING:
    from simulation.clinic import Outcome

# Complaints that are spelled out; the rest is counted.
SHOWN = 10


def main(database: str, days: int, seed: int, waitlist: str) -> int:
    # SIGTERM has to pass through the blocks that end the server.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clinic-simulation-")))
        server = stack.enter_context(running_server()) if database == "PostgreSQL" else None
        prepare(folder, url=server.url if server else f"sqlite:///{folder / 'clinic.sqlite3'}")
        return run(database, days=days, seed=seed, has_waitlist=waitlist == "with")


def prepare(folder: Path, *, url: str) -> None:
    """Set Django up with an empty database, a broker that nobody listens to, and mail that stays here."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "clinic.settings",
        "DATA_DIR": str(folder),
        "DATABASE_URL": url,
        "REDIS_URL": "memory://",
        "LOG_LEVEL": "ERROR",
        "EMAIL_URL": "dummymail://",
    }
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def run(database: str, *, days: int, seed: int, has_waitlist: bool) -> int:
    from simulation.clinic import simulate

    began = time.perf_counter()
    outcome = simulate(days=days, seed=seed, has_waitlist=has_waitlist)
    print(describe(outcome, database=database, seconds=time.perf_counter() - began), flush=True)
    return int(bool(outcome.complaints))


def describe(outcome: "Outcome", *, database: str, seconds: float) -> str:
    line = (
        f"{database:<12}{'with' if outcome.has_waitlist else 'without':<10}{outcome.visits:>8}"
        f"{outcome.chair_use:>11.1%}{outcome.offers:>8}{outcome.accepted:>7}{outcome.passed:>8}"
        f"{outcome.expired:>8}{outcome.mails:>7}{len(outcome.complaints):>8}{seconds:>9.0f}"
    )
    return "\n".join([line, *(f"  ! {complaint}" for complaint in outcome.complaints[:SHOWN])])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
