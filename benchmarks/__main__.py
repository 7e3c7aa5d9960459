"""`make bench`: the engine once, the requests on a fresh SQLite file and on a fresh PostgreSQL.

Each part runs in a process of its own: Django's settings hold for one database.
"""

import os
import subprocess
import sys
import tempfile

from clinic.tests.postgres import running_postgres


def run_part(module: str, **environment: str) -> None:
    print(flush=True)
    subprocess.run([sys.executable, "-m", module], env={**os.environ, **environment}, check=True)


def main() -> None:
    run_part("benchmarks.bench_engine")
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
        run_part(
            "benchmarks.bench_requests", DATA_DIR=folder, DATABASE_URL=f"sqlite:///{folder}/clinic.sqlite3"
        )
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder, running_postgres() as url:
        run_part("benchmarks.bench_requests", DATA_DIR=folder, DATABASE_URL=url)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as failed:
        sys.exit(failed.returncode)
