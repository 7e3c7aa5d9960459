"""The processes of production, and who starts them again when they die: after a second, as systemd does."""

import http.client
import shlex
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import psutil

from clinic.processes import start_child, stop_children
from clinic.run import ROOT, read_procfile
from clinic.tests.postgres import Server
from clinic.valkey import start_valkey

RESTART_SECONDS = 1
START_SECONDS = 90
LOOK_SECONDS = 0.1

Process = subprocess.Popen[bytes]


class Clinic:
    """PostgreSQL (`server`, which runs already), Valkey, and web, worker and beat of the Procfile.

    `celery` is the application that worker and beat run; production's is "clinic".
    """

    def __init__(
        self,
        *,
        folder: Path,
        server: Server,
        environment: Mapping[str, str],
        port: int,
        broker_port: int,
        celery: str,
    ) -> None:
        self.folder, self.server, self.environment, self.port = folder, server, environment, port
        self.broker_port = broker_port
        self.commands = {
            name: shlex.join(command).replace("--app clinic", f"--app {celery}")
            for name, command in read_procfile().items()
        }
        self.starts: dict[str, Callable[[], Process]] = {
            "PostgreSQL": self.start_server,
            "Valkey": self.start_broker,
            **{name: partial(self.start_program, name) for name in ("web", "worker", "beat")},
        }
        self.members: dict[str, Process] = {}
        self.starts_again: dict[str, float] = {}
        self.born = time.monotonic()
        # Also of those that died by themselves, as Celery's worker may of a lost broker.
        self.deaths: Counter[str] = Counter()

    def start_server(self) -> Process:
        self.server.start()
        return self.server.process

    def start_broker(self) -> Process:
        return start_valkey(folder=self.folder / "valkey", port=self.broker_port)

    def start_program(self, name: str) -> Process:
        with (self.folder / f"{name}.log").open("ab") as log:
            return start_child(
                [sys.executable, "-m", *shlex.split(self.commands[name])],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def start(self) -> None:
        """Start all of them; return once the site answers. Raises RuntimeError where it does not."""
        self.members["PostgreSQL"] = self.server.process
        for name in self.starts.keys() - {"PostgreSQL"}:
            self.members[name] = self.starts[name]()
        deadline = time.monotonic() + START_SECONDS
        while not self.is_live():
            if self.members["web"].poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The site did not start; see {self.folder / 'web.log'}.")
            time.sleep(LOOK_SECONDS)

    def is_live(self) -> bool:
        site = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            site.request("GET", "/health/live")
            return site.getresponse().status == 200
        except OSError:
            return False
        finally:
            site.close()

    def look(self) -> None:
        """Clear away what is left of a member that has died, and start again those that died a second ago."""
        now = time.monotonic()
        for name, member in list(self.members.items()):
            if member.poll() is not None:
                stop_children(member)
                del self.members[name]
                self.deaths[name] += 1
                self.tell(f"{name} has ended ({member.returncode})")
                self.starts_again[name] = now + RESTART_SECONDS
        for name, at in list(self.starts_again.items()):
            if now < at:
                continue
            try:
                self.members[name] = self.starts[name]()
                del self.starts_again[name]
                self.tell(f"{name} is started again")
            except RuntimeError as error:
                # What it needs is still held by the one that died.
                self.tell(f"{name} did not start: {error}")
                self.starts_again[name] = time.monotonic() + RESTART_SECONDS

    def tell(self, what: str) -> None:
        """Let whoever looks on know; what a storm has shown is not among it."""
        print(f"{time.monotonic() - self.born:>7.1f} s  {what}", file=sys.stderr, flush=True)

    def is_whole(self) -> bool:
        return not self.starts_again and all(member.poll() is None for member in self.members.values())

    def watch(self, seconds: float) -> None:
        """Look after all of them for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.look()
            time.sleep(LOOK_SECONDS)

    def family(self, name: str) -> list[psutil.Process]:
        """The member's own process and all that it has started, the oldest first."""
        root = psutil.Process(self.members[name].pid)
        return [root, *root.children(recursive=True)]

    def stop(self) -> None:
        """End all but PostgreSQL, which is its owner's. The broker goes last: the worker gives back to it."""
        for name in ("web", "worker", "beat", "Valkey"):
            if member := self.members.pop(name, None):
                stop_children(member, how=signal.SIGTERM)
