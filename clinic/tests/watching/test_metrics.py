"""The figures of the real web server, on a port of their own, added up over its processes."""

import http.client
import re

import pytest
from django.db import DatabaseError
from prometheus_client import generate_latest

from clinic.processes import find_free_port
from clinic.watching import health
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
    # Not on the site itself.
    assert "clinic_up" not in read_page(scene, "/metrics") + read_page(scene, "/health/metrics")

    web.terminate()
    web.wait(30)
    assert not is_open(address)


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
        ("127.0.0.1:9100", ("127.0.0.1", 9100)),
        ("9100", ("127.0.0.1", 9100)),
        ("[::1]:9100", ("::1", 9100)),
        ("0.0.0.0:9100", ("0.0.0.0", 9100)),
    ],
)
def test_bind_is_a_host_and_a_port(text: str, place: tuple[str, int]) -> None:
    assert read_bind(text) == place
