"""`make bench`: times the engine, open times, bookings, connections, the desk, pages, reports and the outbox,
and weighs the pages.

Open times, bookings, the desk and the outbox run on a fresh SQLite and a fresh PostgreSQL; connections, pages
and reports on a PostgreSQL. `bench_memory` is not part of it: it takes ten minutes and more.
PEER_URL and PEER_KIND name another booking system on this machine that is timed beside ours; see bench_peer.
Each part runs in a process of its own: Django's settings hold for one database.
"""

import os
import subprocess
import sys
import tempfile

from clinic.tests.postgres import running_postgres


def run_part(module: str, **environment: str) -> bool:
    """Whether the part kept within what it allows."""
    print(flush=True)
    return subprocess.call([sys.executable, "-m", module], env={**os.environ, **environment}) == 0


def run_on_both(module: str) -> list[bool]:
    """Run a part that needs an empty database on each of the two."""
    kept = []
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
        kept.append(run_with(module, folder=folder, database=f"sqlite:///{folder}/clinic.sqlite3"))
    kept.append(run_on_postgres(module))
    return kept


def run_on_postgres(module: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder, running_postgres() as url:
        return run_with(module, folder=folder, database=url)


def run_with(module: str, *, folder: str, database: str) -> bool:
    # WhiteNoise warns where there is no folder of collected files.
    os.mkdir(os.path.join(folder, "static"))
    return run_part(module, DATA_DIR=folder, DATABASE_URL=database)


def main() -> int:
    """Run every part, also after one that took too long; 1 if any did."""
    kept = [run_part("benchmarks.bench_engine")]
    kept += run_on_both("benchmarks.bench_requests")
    kept += run_on_both("benchmarks.bench_many")
    kept += run_on_both("benchmarks.bench_booking")
    kept.append(run_on_postgres("benchmarks.bench_connections"))
    kept += run_on_both("benchmarks.bench_desk")
    kept.append(run_on_postgres("benchmarks.bench_beside_empty"))
    kept.append(run_on_postgres("benchmarks.bench_reports"))
    kept += run_on_both("benchmarks.bench_outbox")
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
        kept.append(run_part("benchmarks.bench_pages", DATA_DIR=folder))
    if os.environ.get("PEER_KIND"):
        kept.append(run_on_postgres("benchmarks.bench_peer"))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
