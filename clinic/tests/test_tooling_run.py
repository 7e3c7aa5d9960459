"""`make run`, started for real: it says where it is, keeps its data and leaves no process behind."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from clinic.processes import find_free_port
from clinic.run import ROOT, YOUNG_SECONDS

pytestmark = pytest.mark.flaky(reruns=1)

START_SECONDS = 60
STOP_SECONDS = 30


class Launch:
    """One `python -m clinic.run` with its own DATA_DIR and port."""

    def __init__(self, data: Path, *, port: int, parent: tuple[str, ...] = (), **environment: str) -> None:
        self.data, self.port = data, port
        self.log = data.parent / f"{port}.log"
        inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [*parent, sys.executable, "-m", "clinic.run"],
                cwd=ROOT,
                env={**inherited, "DATA_DIR": str(data), "PORT": str(port), **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def output(self) -> str:
        return self.log.read_text()

    def wait_until_open(self) -> None:
        wait_until(
            lambda: "The clinic is open" in self.output() or self.process.poll() is not None, START_SECONDS
        )
        assert "The clinic is open" in self.output(), self.output()

    def work_done(self) -> float:
        """Seconds of processor time that all processes took so far."""
        times = [process.cpu_times() for process in (psutil.Process(self.process.pid), *self.members())]
        return sum(spent.user + spent.system for spent in times)

    def members(self) -> list[psutil.Process]:
        """Every process, at whatever depth, that was started with our DATA_DIR, without the first.

        Valkey writes its title over its environment, but works in our folder.
        """
        found = []
        for process in psutil.process_iter():
            try:
                ours = process.environ().get("DATA_DIR") == str(self.data)
                ours = ours or Path(process.cwd()).is_relative_to(self.data)
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
            if ours and process.pid != self.process.pid:
                found.append(process)
        return found

    def status_of(self, path: str) -> int:
        site = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        site.request("GET", path)
        return site.getresponse().status


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.25)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DATA_DIR that a first run has filled: every run of this file but that one is a second run."""
    folder = tmp_path_factory.mktemp("run") / "data"
    first = Launch(folder, port=find_free_port())
    first.wait_until_open()
    first.process.send_signal(signal.SIGTERM)
    assert first.process.wait(STOP_SECONDS) == 0
    assert "Loaded the demo practice." in first.output()
    return folder


@pytest.fixture
def launch(data: Path) -> Iterator[Callable[..., Launch]]:
    launches: list[Launch] = []

    def start(folder: Path = data, **options: Any) -> Launch:
        launches.append(Launch(folder, **{"port": find_free_port(), **options}))
        return launches[-1]

    yield start
    for started in launches:
        started.process.kill()
        started.process.wait()
        for left in started.members():
            left.kill()
        # pytest shows it where the test failed.
        print(started.output())


def test_second_run_is_quick_says_where_everything_is_and_stops_on_ctrl_c(
    launch: Callable[..., Launch],
) -> None:
    clinic = launch()
    clinic.wait_until_open()
    seconds = clinic.work_done()
    commands = [" ".join(member.cmdline()) for member in clinic.members()]

    site, login, inbox = (clinic.status_of(path) for path in ("/", "/staff/login/", "/inbox/"))
    os.killpg(clinic.process.pid, signal.SIGINT)
    code = clinic.process.wait(STOP_SECONDS)

    # Not by the clock: other tests keep the processors busy.
    assert seconds < 20
    assert "There is a practice already" in clinic.output()
    assert (site, login, inbox) == (200, 200, 200)
    for words in ("gunicorn clinic.wsgi", "celery --app clinic --quiet worker", "beat", "valkey-server"):
        assert any(words in command for command in commands), commands
    address = f"http://127.0.0.1:{clinic.port}/"
    assert re.search(rf"open: +{address}\n", clinic.output())
    assert re.search(rf"sign in at: +{address}admin/ as frontdesk with \S+\n", clinic.output())
    assert re.search(rf"Mails .+{address}inbox/\n", clinic.output())
    assert "Traceback" not in clinic.output()
    assert code == 0
    assert clinic.members() == []


def test_two_copies_run_side_by_side_each_with_its_folder(
    launch: Callable[..., Launch], data: Path, tmp_path: Path
) -> None:
    copied = shutil.copytree(data, tmp_path / "second")
    first, second = launch(), launch(copied)
    first.wait_until_open()
    second.wait_until_open()
    third = launch(port=find_free_port())

    refused = third.process.wait(STOP_SECONDS)

    assert (first.status_of("/"), second.status_of("/")) == (200, 200)
    assert refused == 1
    assert third.output().count("\n") == 1
    assert "in use by another" in third.output()


def find_child(launcher: psutil.Process, words: str) -> psutil.Process:
    return next(child for child in launcher.children() if words in " ".join(child.cmdline()))


def has_child(launcher: psutil.Process, words: str) -> bool:
    return any(words in " ".join(child.cmdline()) for child in launcher.children())


@pytest.mark.parametrize(
    ("words", "name", "seen"),
    [
        ("gunicorn", "web", "gunicorn"),
        (" worker ", "worker", " worker "),
        # Until the others start, the broker may not have opened its port.
        ("valkey", "broker", "gunicorn"),
    ],
)
def test_all_stop_when_one_dies_young(
    launch: Callable[..., Launch], words: str, name: str, seen: str
) -> None:
    clinic = launch()
    launcher = psutil.Process(clinic.process.pid)
    # As soon as it is there: on a slow machine it is no longer young once the site answers.
    wait_until(lambda: has_child(launcher, seen), START_SECONDS)

    find_child(launcher, words).kill()
    code = clinic.process.wait(STOP_SECONDS)

    assert code == 1
    assert f"{name} died (exit code -9), so the rest was stopped." in clinic.output()
    assert clinic.members() == []


def test_broker_that_dies_before_its_port_is_open_says_so(
    launch: Callable[..., Launch], data: Path, tmp_path: Path
) -> None:
    copied = shutil.copytree(data, tmp_path / "second")
    log = copied / "valkey" / "valkey.log"
    log.unlink()
    log.mkdir()

    clinic = launch(copied)
    code = clinic.process.wait(STOP_SECONDS)

    assert code == 1
    assert re.search(r"Valkey died \(exit code 1\) before it opened port \d+\.", clinic.output())
    assert clinic.members() == []


def test_worker_that_dies_is_started_again_and_broker_is_not(launch: Callable[..., Launch]) -> None:
    clinic = launch()
    clinic.wait_until_open()
    launcher = psutil.Process(clinic.process.pid)
    time.sleep(YOUNG_SECONDS)

    find_child(launcher, " worker ").kill()
    wait_until(lambda: "started again" in clinic.output(), STOP_SECONDS)
    worker = find_child(launcher, " worker ")
    find_child(launcher, "valkey").kill()
    code = clinic.process.wait(STOP_SECONDS)

    assert "worker died (exit code -9) and is started again." in clinic.output()
    assert not worker.is_running()
    assert code == 1
    assert "broker died (exit code -9), so the rest was stopped." in clinic.output()
    assert clinic.members() == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_all_stop_when_the_launcher_is_killed(launch: Callable[..., Launch]) -> None:
    clinic = launch()
    clinic.wait_until_open()

    clinic.process.kill()
    wait_until(lambda: not clinic.members(), STOP_SECONDS)

    assert clinic.members() == []


def test_all_stop_when_the_parent_of_the_launcher_is_killed(launch: Callable[..., Launch]) -> None:
    # The `:` keeps the shell from becoming the launcher.
    clinic = launch(parent=("/bin/sh", "-c", '"$@"; :', "sh"))
    clinic.wait_until_open()

    clinic.process.kill()
    wait_until(lambda: not clinic.members(), STOP_SECONDS)

    assert clinic.members() == []


def test_busy_port_is_one_sentence(launch: Callable[..., Launch]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        clinic = launch(port=port)

        code = clinic.process.wait(STOP_SECONDS)

    assert code == 1
    assert (
        clinic.output() == f"Port {port} is in use. Choose another, for example: make run PORT={port + 1}\n"
    )


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        (
            {"DATABASE_URL": "postgres://clinic:hidden@127.0.0.1:1/clinic"},
            r"The database clinic at 127\.0\.0\.1:1 cannot be reached: .*",
        ),
        ({"DATABASE_URL": "mysql://127.0.0.1/clinic"}, r"DATABASE_URL must begin with .*"),
        ({"DATA_DIR": "/dev/null/data"}, r"DATA_DIR cannot be used: .*"),
        ({"DEBUG": "false"}, r"Set SECRET_KEY to .*"),
    ],
)
def test_what_is_missing_is_one_sentence(
    launch: Callable[..., Launch], environment: dict[str, str], sentence: str
) -> None:
    clinic = launch(**environment)

    code = clinic.process.wait(STOP_SECONDS)

    assert code == 1
    assert re.fullmatch(sentence + "\n", clinic.output())
    assert "hidden" not in clinic.output()
    assert clinic.members() == []
