"""The processes of a whole clinic, as they run in production: web, broker, workers, beats."""

import http.client
import resource
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
from django.conf import settings

from clinic.processes import find_free_port, start_child
from faults.clock import FILE
from outbox.tests.clockwork import Clockwork
from outbox.tests.sink import Sink

START_SECONDS = 90
# Enough for the first page of a file: nothing grows on a full disk.
FULL_DISK_BYTES = 4096

Process = subprocess.Popen[bytes]


class Clinic(Clockwork):
    """A clockwork with a web process in front."""

    application = "faults.worker"

    def __init__(self, *, folder: Path, sink: Sink) -> None:
        super().__init__(folder=folder, sink=sink)
        self.clock = folder / "clock"
        self.set_clock(0)
        port = find_free_port()
        self.site = f"http://127.0.0.1:{port}"
        self.environment |= {
            FILE: str(self.clock),
            # Stronger than REDIS_URL, should it be set.
            "CELERY_BROKER_WRITE_URL": self.broker_url,
            "DEBUG": "false",
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ALLOWED_HOSTS": "127.0.0.1",
            "PUBLIC_URL": self.site,
            "PORT": str(port),
            "HOST": "127.0.0.1",
            "DATA_DIR": str(settings.DATA_DIR),
            # All patients come from one address, and type fast.
            "MIN_FILL_SECONDS": "0",
            "MAX_HOLDS_PER_ADDRESS": "1000",
            "MAX_HOLD_TRIES_PER_HOUR": "1000",
            "MAX_BOOKINGS_PER_DAY": "1000",
        }

    def start_web(self) -> Process:
        """Return once it answers."""
        with (self.folder / f"web-{len(self.children)}.log").open("wb") as log:
            web = start_child(
                [sys.executable, "-m", "gunicorn", "faults.wsgi"],
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.children.append(web)
        deadline = time.monotonic() + START_SECONDS
        while not self.is_live():
            if web.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The web process did not start; see {log.name}.")
            time.sleep(0.05)
        return web

    def is_live(self) -> bool:
        """Whether it answers. A redirect to HTTPS is an answer."""
        site = http.client.HTTPConnection(self.site.removeprefix("http://"), timeout=5)
        try:
            site.request("GET", "/health/live")
            return site.getresponse().status < 400
        except OSError:
            return False
        finally:
            site.close()

    def set_clock(self, seconds_ahead: int) -> None:
        """Let the clock of every process jump, at this moment."""
        unfinished = self.clock.with_suffix(".new")
        unfinished.write_text(str(seconds_ahead))
        unfinished.rename(self.clock)

    def hang(self, process: Process) -> None:
        """It stands still: connections are taken, by the kernel, and never answered."""
        process.send_signal(signal.SIGSTOP)

    def wake(self, process: Process) -> None:
        process.send_signal(signal.SIGCONT)

    def fill_disk(self, *processes: Process) -> None:
        """No file of theirs may grow, nor be written beyond its first page."""
        self.limit_files(*processes, limit=FULL_DISK_BYTES)

    def clear_disk(self, *processes: Process) -> None:
        self.limit_files(*processes, limit=resource.RLIM_INFINITY)

    def limit_files(self, *processes: Process, limit: int) -> None:
        for process in processes:
            root = psutil.Process(process.pid)
            for member in (root, *root.children(recursive=True)):
                _, most = resource.prlimit(member.pid, resource.RLIMIT_FSIZE)
                resource.prlimit(member.pid, resource.RLIMIT_FSIZE, (limit, most))
