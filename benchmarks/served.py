"""Sites behind gunicorn, as production runs them, and the processor time that they spend."""

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from statistics import median

import psutil

from benchmarks.timing import Timing
from clinic.processes import find_free_port, start_child, stop_children

PROCESSES = 2
START_SECONDS = 60
ROUNDS = 11
# Of each batch: the kernel counts processor time in hundredths.
BATCH_SECONDS = 0.4


@dataclass(frozen=True)
class Answer:
    body: bytes
    etag: str
    cookie: str
    """As a browser sends it back."""


@dataclass(frozen=True)
class Site:
    """One site: `server` is gunicorn, whose children do the work."""

    port: int
    server: psutil.Process

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, path: str, headers: Mapping[str, str] = {}) -> Answer:
        with closing(self.connect()) as connection:
            return ask(connection, path, headers)

    def measure_spent(self) -> float:
        """Return the processor seconds of the server and its children so far."""
        used = [process.cpu_times() for process in [self.server, *self.server.children(recursive=True)]]
        return sum(times.user + times.system for times in used)


@dataclass(frozen=True)
class Question:
    site: Site
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)


def ask(connection: HTTPConnection, path: str, headers: Mapping[str, str] = {}) -> Answer:
    """Raises RuntimeError for anything but 200 and 304."""
    connection.request("GET", path, headers=dict(headers))
    answer = connection.getresponse()
    body = answer.read()
    if answer.status not in (200, 304):
        raise RuntimeError(f"{path} answered {answer.status}.")
    cookies = [value.split(";")[0] for value in answer.headers.get_all("Set-Cookie", [])]
    return Answer(body=body, etag=answer.headers.get("ETag", ""), cookie="; ".join(cookies))


@contextmanager
def serving(
    application: str, *, processes: int = PROCESSES, changed: Mapping[str, str] = {}
) -> Iterator[Site]:
    """gunicorn with one of the sites, as production runs it.

    `changed` are variables of its environment, as text.
    """
    port = find_free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "PORT": str(port), "PUBLIC_URL": address, "WEB_CONCURRENCY": str(processes)}
    child = start_child([sys.executable, "-m", "gunicorn", application], env={**environment, **changed})
    try:
        _wait_for_answer(port)
        yield Site(port=port, server=psutil.Process(child.pid))
    finally:
        stop_children(child)


def _wait_for_answer(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            site = HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
            site.request("GET", "/health/live")
            site.getresponse()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("gunicorn did not answer.")


def time_in_turns(own: Question, floor: Question) -> Timing:
    """Time what two sites spend on a question each, in turns."""
    taken = [(_time_batch(own), _time_batch(floor)) for _ in range(ROUNDS)]
    return Timing(own=median(own for own, _ in taken), floor=median(floor for _, floor in taken))


def _time_batch(question: Question) -> float:
    """Return the CPU milliseconds of one answer, of many over one connection."""
    site = question.site
    with closing(site.connect()) as connection:
        # Whichever process has the connection knows the set-up after that.
        ask(connection, question.path, question.headers)
        began, spent = time.monotonic(), site.measure_spent()
        done = 0
        while time.monotonic() - began < BATCH_SECONDS:
            ask(connection, question.path, question.headers)
            done += 1
        return (site.measure_spent() - spent) / done * 1000
