"""`python -m storm [--seconds 240] [--seed 1]`: load on the product as in production, while it is killed.

gunicorn, worker and beat with production's settings, PostgreSQL that keeps what it commits, Valkey, a mail
server; patients, readers and the front desk, each a process of its own. 1 where a visit overlapped, was
acknowledged and is missing, a mail was lost, or anything else was not as promised.
"""

import argparse
import os
import secrets
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import django

from clinic.processes import find_free_port
from clinic.tests.postgres import running_server
from outbox.tests.sink import running_sink
from storm.clinic import Clinic
from storm.figures import describe_kills, describe_outcomes, describe_presses, measure_disturbances
from storm.killing import KILLS
from storm.wanted import Wanted

if TYPE_CHECKING:
    from storm.run import Storm

# As docker-compose.yml has it: what patients say is not for its log.
QUIET = ("log_error_verbosity=terse", "log_min_error_statement=panic")
# The lease of production, and a little for the sweep that finds it over.
DRAIN_SECONDS = 330


def main() -> int:
    parser = argparse.ArgumentParser(prog="make storm", description=__doc__)
    parser.add_argument("--seconds", type=float, default=240, help="of load; mail may take 330 more to leave")
    parser.add_argument("--seed", type=int, default=1, help="other people, another order of kills")
    parser.add_argument("--readers", type=int, default=3)
    parser.add_argument("--patients", type=int, default=8, help="clients that book, move and cancel")
    parser.add_argument("--receptionists", type=int, default=3)
    parser.add_argument("--kill", nargs="+", choices=sorted(KILLS), default=sorted(KILLS), metavar="WHAT")
    parser.add_argument(
        "--hurry", action="store_true", help="a worker's lease of 15 s instead of production's 300"
    )
    chosen = parser.parse_args()
    # SIGTERM has to pass through the blocks that end the processes.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    wanted = Wanted(
        seconds=chosen.seconds,
        seed=chosen.seed,
        clients={
            "readers": chosen.readers,
            "patients": chosen.patients,
            "receptionists": chosen.receptionists,
        },
        kills=chosen.kill,
        drain_seconds=DRAIN_SECONDS,
    )
    return rage(wanted, celery="storm.worker" if chosen.hurry else "clinic")


def rage(wanted: Wanted, *, celery: str) -> int:
    """One storm, and what it has shown."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clinic-storm-")))
        # With the settings of production: what was committed must outlive a kill.
        server = stack.enter_context(running_server(settings=QUIET))
        sink = stack.enter_context(running_sink())
        port, broker_port = find_free_port(), find_free_port()
        site = f"http://127.0.0.1:{port}"
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "clinic.settings",
            "DEBUG": "false",
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ALLOWED_HOSTS": "127.0.0.1",
            "PUBLIC_URL": site,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "DATA_DIR": str(folder),
            "DATABASE_URL": server.url,
            "REDIS_URL": f"redis://127.0.0.1:{broker_port}/0",
            "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
            # Each patient has an address of their own, as one proxy would tell it: every limit holds.
            "TRUSTED_PROXIES": "1",
            # But they type fast.
            "MIN_FILL_SECONDS": "0",
            "LOG_LEVEL": "WARNING",
        }
        django.setup()
        # These need the settings.
        from storm.run import prepare, run

        plan = prepare(site=site, wanted=wanted)
        clinic = Clinic(
            folder=folder,
            server=server,
            environment=dict(os.environ),
            port=port,
            broker_port=broker_port,
            celery=celery,
        )
        stack.callback(clinic.stop)
        try:
            clinic.start()
            storm = run(clinic=clinic, sink=sink, plan=plan, wanted=wanted)
        except Exception:
            keep_logs(folder)
            raise
        print(describe(storm, wanted=wanted), flush=True)
        if not storm.verdict.is_good:
            keep_logs(folder)
        return 0 if storm.verdict.is_good else 1


def describe(storm: "Storm", *, wanted: Wanted) -> str:
    verdict = storm.verdict
    clients = ", ".join(f"{count} {role}" for role, count in wanted.clients.items())
    disturbances = measure_disturbances(storm.kills, storm.presses)
    parts = [
        [f"{storm.server}; {storm.seconds:.0f} s of load by {clients}; seed {wanted.seed}"],
        describe_kills(disturbances, began=storm.began),
        describe_presses(storm.presses, disturbances=disturbances, seconds=storm.seconds),
        describe_outcomes(storm.presses, disturbances=disturbances),
        [
            f"{'visits':>8}{'acknowledged':>14}{'unknown':>9}{'overlaps':>10}{'missing':>9}"
            f"{'mails':>8}{'lost':>6}{'doubled':>9}{'all sent after':>16}",
            f"{verdict.visits:>8}{verdict.acknowledged:>14}{verdict.unknown:>9}{verdict.overlaps:>10}"
            f"{len(verdict.missing):>9}{verdict.mails:>8}{len(verdict.lost):>6}{verdict.doubled:>9}"
            f"{storm.drained_after:>14.0f} s",
            *(f"  ! {complaint}" for complaint in verdict.list_broken()),
        ],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts)


def keep_logs(folder: Path) -> None:
    kept = Path(tempfile.mkdtemp(prefix="clinic-storm-logs-"))
    for file in [*folder.glob("*.log"), *folder.glob("*.jsonl")]:
        shutil.copy(file, kept)
    print(f"  what its processes wrote: {kept}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
