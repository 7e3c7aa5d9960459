"""The figures of the real web server, on a port of their own, added up over its processes."""

import errno
import http.client
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import DatabaseError
from prometheus_client import generate_latest

from booking import counting
from clinic.processes import find_free_port
from clinic.run import ROOT
from clinic.watching import beside, health
from clinic.watching.server import make_registry, read_bind
from faults.scene import Scene

LINE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)


def read_figures(address: str) -> dict[str, float]:
    site = http.client.HTTPConnection(address, timeout=10)
    site.request("GET", "/metrics")
    text = site.getresponse().read().decode()
    return {
        f"{name}{{{labels}}}" if labels else name: float(value) for name, labels, value in LINE.findall(text)
    }


def test_figures_of_a_booking_come_from_all_processes(scene: Scene) -> None:
    address = f"127.0.0.1:{find_free_port()}"
    scene.clinic.environment |= {"METRICS_BIND": address, "WEB_CONCURRENCY": "2"}
    scene.clinic.start_broker()
    web = scene.clinic.start_web()
    scene.clinic.start_worker()
    scene.clinic.start_beat()
    [first, second] = scene.prepare(2)
    scene.confirm([first, second])
    scene.wait_until_settled()

    scene.wait_until(lambda: is_open(address), what="the port of the metrics")
    figures = read_figures(address)

    assert figures['clinic_visit_events_total{by="patient",event="held"}'] == 2
    assert figures['clinic_visit_events_total{by="patient",event="booked"}'] == 2
    posts = 'clinic_responses_total{method="POST",status="302",view="booking:check"}'
    assert figures[posts] == 2
    assert figures['clinic_response_seconds_count{view="booking:check"}'] >= 4
    assert (figures["clinic_up"], figures["clinic_broker_up"], figures["clinic_guards_missing"]) == (1, 1, 0)
    assert figures["clinic_outbox_due"] == figures["clinic_outbox_dead"] == 0
    for process in ("beat", "worker"):
        assert 0 <= figures[f'clinic_seen_seconds_ago{{process="{process}"}}'] < 120
    # What a worker has counted outlives it.
    for worker in list_workers(web):
        worker.kill()
    scene.wait_until(scene.clinic.is_live, what="other workers")
    assert read_figures(address)['clinic_visit_events_total{by="patient",event="booked"}'] == 2
    # Not on the site itself.
    assert "clinic_up" not in read_page(scene, "/metrics") + read_page(scene, "/health/metrics")

    web.terminate()
    web.wait(30)
    assert not is_open(address)


def test_patients_are_booked_where_nothing_can_be_counted(scene: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    scene.clinic.environment |= {
        "METRICS_BIND": f"127.0.0.1:{find_free_port()}",
        "PROMETHEUS_MULTIPROC_DIR": str(folder),
    }
    scene.clinic.start_broker()
    web = scene.clinic.start_web()

    folder.rename(tmp_path / "away")
    for worker in list_workers(web):
        worker.kill()
    scene.wait_until(scene.clinic.is_live, what="other workers")
    [patient] = scene.book(1)

    assert patient.is_booked


def test_worker_without_room_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot grow in the middle of a request would end the worker."""

    def fail(*args: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setenv(beside.FOLDER, str(tmp_path))
    monkeypatch.setattr(os, "posix_fallocate", fail)
    monkeypatch.setattr(counting, "_is_counting", True)
    before = counting.REFUSALS.labels(reason="busy")._value.get()

    beside.reserve_room(12345)
    counting.count_refusal("busy")

    assert counting.REFUSALS.labels(reason="busy")._value.get() == before
    assert list(tmp_path.iterdir()) == []


PREPARE = "from clinic.watching import beside; beside.prepare_folder(); print(flush=True); input()"


def test_folder_of_a_killed_server_goes_with_the_next_start_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(beside.FOLDER, raising=False)
    own = {**os.environ, "TMPDIR": str(tmp_path)}
    start = partial(subprocess.Popen, [sys.executable, "-c", PREPARE], env=own, cwd=ROOT)
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with start(**pipes) as killed, start(**pipes) as living:
        for server in (killed, living):
            server.stdout.readline()
        folders = sorted(tmp_path.iterdir())
        killed.kill()
        killed.wait()
        for folder in folders:
            os.utime(folder, (0, 0))

        with start(**pipes) as next_one:
            next_one.stdout.readline()
            left = sorted(tmp_path.iterdir())
            next_one.kill()
        living.kill()

    assert (len(folders), len(left), len({*folders} & {*left})) == (2, 2, 1)


def test_what_goes_wrong_with_counting_is_nobodys_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_is_counting", True)

    def fail() -> None:
        raise RuntimeError

    counting.count(fail)

    assert not counting._is_counting


def list_workers(web: Any) -> list[psutil.Process]:
    children = psutil.Process(web.pid).children()
    return [child for child in children if "clinic.watching.server" not in child.cmdline()]


def is_open(address: str) -> bool:
    try:
        return bool(read_figures(address))
    except OSError:
        return False


def read_page(scene: Scene, path: str) -> str:
    site = http.client.HTTPConnection(scene.clinic.site.removeprefix("http://"), timeout=10)
    site.request("GET", path)
    return site.getresponse().read().decode()


def test_without_a_database_that_is_all_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise DatabaseError("server closed the connection")

    monkeypatch.setattr(health, "read_health", fail)

    lines = [line for line in generate_latest(make_registry()).decode().splitlines() if line[0] != "#"]

    assert lines == ["clinic_up 0.0"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("127.0.0.1:9180", ("127.0.0.1", 9180)),
        ("9180", ("127.0.0.1", 9180)),
        ("[::1]:9180", ("::1", 9180)),
        ("0.0.0.0:9180", ("0.0.0.0", 9180)),
    ],
)
def test_bind_is_a_host_and_a_port(text: str, place: tuple[str, int]) -> None:
    assert read_bind(text) == place
