"""`python -m faults.on_database SQLite|PostgreSQL [WORD ...]`: the faults on one database, a line each."""

import os
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import django

from clinic.tests.postgres import Server, running_server

if TYPE_CHECKING:
    from booking.models import VisitType
    from faults.scenarios import Fault
    from faults.scene import Outcome


def main(database: str, words: list[str]) -> int:
    # SIGTERM has to pass through the blocks that end the processes.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clinic-faults-")))
        # With the settings of production: a crash must not lose what was committed.
        server = stack.enter_context(running_server(settings=())) if database == "PostgreSQL" else None
        prepare(folder, server)
        return run_faults(database, words, folder=folder, server=server)


def prepare(folder: Path, server: Server | None) -> None:
    """Set Django up with an empty database, and collect the static files."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "clinic.settings",
        "DATA_DIR": str(folder),
        "DATABASE_URL": server.url if server else f"sqlite:///{folder / 'clinic.sqlite3'}",
        "LOG_LEVEL": "ERROR",
        "DEBUG": "false",
        "SECRET_KEY": "a key for this process alone, which answers nobody, " * 2,
        "ALLOWED_HOSTS": "127.0.0.1",
        "PUBLIC_URL": "http://127.0.0.1",
        "EMAIL_URL": "smtp://127.0.0.1:25",
    }
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


def run_faults(database: str, words: list[str], *, folder: Path, server: Server | None) -> int:
    from faults.scenarios import FAULTS
    from faults.scene import make_practice

    visit_type = make_practice()
    are_good = [
        run_fault(name, fault, database=database, visit_type=visit_type, folder=folder, server=server)
        for name, fault in FAULTS[database].items()
        if not words or any(word.lower() in name.lower() for word in words)
    ]
    return 0 if all(are_good) else 1


def run_fault(
    name: str, fault: "Fault", *, database: str, visit_type: "VisitType", folder: Path, server: Server | None
) -> bool:
    from faults.scene import NotInTime, staged

    place = folder / "fault"
    place.mkdir()
    unfinished = ""
    with staged(folder=place, visit_type=visit_type, server=server) as scene:
        # Extra kicks come from this process.
        os.environ["CELERY_BROKER_WRITE_URL"] = scene.clinic.broker_url
        try:
            fault(scene)
        except (NotInTime, OSError, RuntimeError) as error:
            unfinished = str(error)
        outcome = scene.judge()
    if unfinished:
        outcome.complaints.append(unfinished)
    print(describe(name, outcome, database=database), flush=True)
    if not outcome.is_good:
        kept = Path(tempfile.mkdtemp(prefix="clinic-fault-logs-"))
        shutil.copytree(place, kept, dirs_exist_ok=True)
        print(f"  the logs of its processes: {kept}", flush=True)
    shutil.rmtree(place)
    return outcome.is_good


def describe(name: str, outcome: "Outcome", *, database: str) -> str:
    line = (
        f"{name:<46}{database:<12}{outcome.mails:>6}{outcome.lost:>6}{outcome.doubled:>9}"
        f"{outcome.crashes:>9}{outcome.slowest:>14.2f} s"
    )
    return "\n".join([line, *(f"  ! {complaint}" for complaint in outcome.complaints)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
