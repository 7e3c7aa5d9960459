"""The processes that send: a broker on a port of its own, Celery workers, beats."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
from django.conf import settings
from django.db import connection

from clinic.processes import find_free_port, start_child, stop_children
from clinic.valkey import start_valkey
from outbox.tests.sink import Sink

LEASE_SECONDS = 3


def live_database_url() -> str:
    """Where another process finds the database of this test."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    login = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
    return f"postgres://{login}/{database['NAME']}"


class Clockwork:
    """Starts them on demand; whatever still runs at the end of the block is killed."""

    application = "outbox.tests.worker_app"

    def __init__(self, *, folder: Path, sink: Sink) -> None:
        self.folder = folder
        self.port = find_free_port()
        self.broker_url = f"redis://127.0.0.1:{self.port}/0"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "clinic.settings",
            "DATABASE_URL": live_database_url(),
            "REDIS_URL": self.broker_url,
            "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
            "TEST_LEASE_SECONDS": str(LEASE_SECONDS),
        }
        self.children: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stop_children(*self.children, how=signal.SIGKILL)

    def start_broker(self) -> subprocess.Popen[bytes]:
        broker = start_valkey(folder=self.folder / "broker", port=self.port)
        self.children.append(broker)
        return broker

    def wipe_broker(self) -> None:
        shutil.rmtree(self.folder / "broker")

    def queue_length(self) -> int:
        return redis.Redis.from_url(self.broker_url).llen("celery")

    def has_idle_workers(self, number: int) -> bool:
        """A worker that is up and has nothing to do stands in BRPOP."""
        clients = redis.Redis.from_url(self.broker_url).client_list()
        return sum(client["cmd"] == "brpop" for client in clients) == number

    def start_worker(self) -> subprocess.Popen[bytes]:
        """One that sends one mail at a time."""
        name = f"{len(self.children)}@test"
        return self.start_celery(
            "worker", "--concurrency", "1", "--hostname", name, "--without-mingle", "--without-gossip"
        )

    def start_beat(self) -> subprocess.Popen[bytes]:
        return self.start_celery("beat", "--schedule", str(self.folder / f"beat-{len(self.children)}"))

    def start_celery(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "--app", self.application, *words]
        with (self.folder / f"{words[0]}-{len(self.children)}.log").open("wb") as log:
            child = start_child(
                command, cwd=settings.BASE_DIR, env=self.environment, stdout=log, stderr=subprocess.STDOUT
            )
        self.children.append(child)
        return child

    def kill(self, child: subprocess.Popen[bytes]) -> None:
        """kill -9, with the processes it has started."""
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def finish(self, *workers: subprocess.Popen[bytes]) -> None:
        """Stop as a deploy does: each worker ends what it holds first."""
        stop_children(*workers, patience=30)
