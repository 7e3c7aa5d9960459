"""`make run`: the whole clinic on one machine, as one group of processes.

Prepares the database, starts a broker (unless REDIS_URL names one) and the processes of the
Procfile, and says where the site is. A process that dies after it had worked is started again, as
systemd and Compose do; the group stops on Ctrl-C, SIGTERM, the death of the parent or of the broker,
and when a process dies young.
"""

import errno
import fcntl
import http.client
import math
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.utils import OperationalError

from clinic.processes import find_free_port, start_child, stop_children
from clinic.valkey import start_valkey

ROOT = Path(__file__).resolve().parent.parent
PROCESSES = ("web", "worker", "beat")
ANSWER_SECONDS = 60
LOOK_SECONDS = 0.2
# Who dies younger would only die again.
YOUNG_SECONDS = 10


class CannotRun(Exception):
    """One sentence for whoever typed `make run`."""


class Stopped(Exception):
    """Somebody asked the group to stop."""


def main() -> int:
    """Run until stopped. 0 after Ctrl-C or SIGTERM, 1 when something could not start or died."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop_on_signal)
    group = Group()
    try:
        host, port = read_address()
        check_port(host=host, port=port)
        start_everything(group, host=host, port=port)
        announce(host=host, port=port)
        group.watch()
    except Stopped:
        print("\nStopping.", flush=True)
        return 0
    except CannotRun as reason:
        print(reason, file=sys.stderr, flush=True)
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        group.stop()


def stop_on_signal(number: int, frame: FrameType | None) -> NoReturn:
    raise Stopped


class Group:
    """The broker and the processes of the Procfile."""

    def __init__(self) -> None:
        self.members: dict[str, subprocess.Popen[bytes]] = {}
        self.commands: dict[str, list[str]] = {}
        self.started: dict[str, float] = {}
        self.parent = os.getppid()

    def start(self, name: str) -> None:
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        self.members[name] = start_child(self.commands[name], cwd=ROOT, env={**os.environ, "PATH": programs})
        self.started[name] = time.monotonic()

    def look(self) -> None:
        """Start again what died. Raise CannotRun where that would not help, Stopped when our parent died.

        Celery's worker may die of a lost broker: its redis transport can close a connection twice.
        """
        for name, member in list(self.members.items()):
            code = member.poll()
            if code is None:
                continue
            # The broker is not in `started`: its messages and its port are the others' too.
            if time.monotonic() - self.started.get(name, math.inf) < YOUNG_SECONDS:
                raise CannotRun(f"{name} died (exit code {code}), so the rest was stopped.")
            print(f"{name} died (exit code {code}) and is started again.", file=sys.stderr, flush=True)
            self.start(name)
        if os.getppid() != self.parent:
            raise Stopped

    def watch(self) -> NoReturn:
        while True:
            self.look()
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """The broker goes last: the worker gives its unfinished messages back to it."""
        broker = self.members.pop("broker", None)
        stop_children(*self.members.values())
        if broker:
            stop_children(broker)


def read_address() -> tuple[str, int]:
    """HOST and PORT, as gunicorn.conf.py reads them."""
    text = os.environ.get("PORT", "8000")
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotRun(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return os.environ.get("HOST", "127.0.0.1"), int(text)


def check_port(*, host: str, port: int) -> None:
    with socket.socket() as probe:
        # As gunicorn binds: a port that was closed a moment ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                advice = f"Choose another, for example: make run PORT={port % 65535 + 1}"
                raise CannotRun(f"Port {port} is in use. {advice}") from None
            raise CannotRun(f"Cannot listen on {host}:{port}: {error.strerror}.") from None


def start_everything(group: Group, *, host: str, port: int) -> None:
    """Prepare and start all processes; returns once the site answers."""
    own_broker_port = None if {"REDIS_URL", "REDIS_URL_FILE"} & os.environ.keys() else find_free_port()
    if own_broker_port:
        # Before the settings are read, so that this process and its children name the same broker.
        os.environ["REDIS_URL"] = f"redis://127.0.0.1:{own_broker_port}/0"
    read_settings()
    from django.conf import settings

    lock_folder(settings.DATA_DIR)
    check_database()
    if own_broker_port:
        group.members["broker"] = start_broker(settings.DATA_DIR / "valkey", port=own_broker_port)
    try:
        call_command("prepare")
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
    except CommandError as error:
        raise CannotRun(str(error)) from None
    connections.close_all()
    group.commands = read_procfile()
    for name in PROCESSES:
        group.start(name)
    wait_for_answer(group, host=host, port=port)


def read_settings() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise CannotRun(str(error)) from None


def lock_folder(folder: Path) -> None:
    """Make DATA_DIR and keep it to ourselves: two brokers on one append-only file would ruin it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "run.lock", os.O_CREAT | os.O_WRONLY, 0o600)
    except OSError as error:
        raise CannotRun(f"DATA_DIR cannot be used: {error.filename}: {error.strerror}.") from None
    try:
        # Held until this process ends, however it ends: nobody closes the file before.
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotRun(
            f"DATA_DIR {folder} is in use by another `make run`; give this one its own."
        ) from None


def check_database() -> None:
    """Raise CannotRun unless the database lets us in. Names host and database, never the password."""
    place = connection.settings_dict
    name = f"{place['NAME']} at {place['HOST']}:{place['PORT'] or 5432}" if place["HOST"] else place["NAME"]
    try:
        connection.ensure_connection()
    except (OperationalError, ImproperlyConfigured) as error:
        reason = str(error).strip().splitlines()[0]
        raise CannotRun(f"The database {name} cannot be reached: {reason}") from None


def start_broker(folder: Path, *, port: int) -> subprocess.Popen[bytes]:
    try:
        return start_valkey(folder=folder, port=port)
    except RuntimeError as error:
        raise CannotRun(str(error)) from None


def read_procfile() -> dict[str, list[str]]:
    """The words of each command in the Procfile, by the name of its process."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    named = (line.split(":", 1) for line in lines)
    return {name: shlex.split(command) for name, command in named}


def wait_for_answer(group: Group, *, host: str, port: int) -> None:
    """Return once the site answers anything at all: with settings of production that may be a redirect."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline:
        group.look()
        try:
            site = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
            site.request("GET", "/health/live")
            site.getresponse()
            return
        except OSError:
            time.sleep(LOOK_SECONDS)
    raise CannotRun(f"The site did not answer within {ANSWER_SECONDS} seconds.")


def announce(*, host: str, port: int) -> None:
    """Say where everything is, and how staff of the demo sign in."""
    from django.conf import settings

    address = f"http://{host}:{port}"
    lines = [f"The clinic is open:   {address}/", f"Staff sign in at:     {address}/admin/{demo_login()}"]
    if settings.DEBUG:
        lines.append(f"Mails are shown at:   {address}/inbox/")
    lines.append(f"Ctrl-C stops it. The data is kept in {settings.DATA_DIR}.")
    print("\n" + "\n".join(lines) + "\n", flush=True)


def demo_login() -> str:
    """The demo's staff login, in words, where that account is there and has kept its password."""
    from django.contrib.auth import get_user_model

    from booking.demo import DEMO_STAFF_PASSWORD, DEMO_STAFF_USERNAME

    account = get_user_model().objects.filter(username=DEMO_STAFF_USERNAME).first()
    connections.close_all()
    if account is None or not account.check_password(DEMO_STAFF_PASSWORD):
        return ""
    return f" as {DEMO_STAFF_USERNAME} with {DEMO_STAFF_PASSWORD}"


if __name__ == "__main__":
    sys.exit(main())
