"""The bench beside another booking system: it asks nobody else's machine, and asks as a browser would."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import psutil
import pytest

from benchmarks.listening import find_listeners, spent_by
from benchmarks.peers.easyappointments import flatten, read_told
from benchmarks.peers.visitor import Visitor, is_loopback
from benchmarks.peers.visits import FREE, draw_visits, list_workdays
from clinic.run import ROOT


class Leading(BaseHTTPRequestHandler):
    """A peer that sends its visitors to another machine."""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", "http://192.0.2.1/")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def leading() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Leading) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("address", "is_ours"),
    [
        ("http://127.0.0.1:8123", True),
        ("http://127.8.0.1/book", True),
        ("http://[::1]:8123/", True),
        ("http://localhost:8123", True),
        ("http://localhost.example.org", False),
        ("http://127.0.0.1@example.org/", False),
        ("http://10.0.0.1", False),
        ("http://0.0.0.0", False),
        ("example.org", False),
    ],
)
def test_only_this_machine_is_asked(address: str, is_ours: bool) -> None:
    assert is_loopback(address) is is_ours


def test_no_redirect_leads_to_another_machine(leading: str) -> None:
    visitor = Visitor(site=leading)

    with pytest.raises(RuntimeError, match="not on this machine"):
        visitor.open_page("/")


def test_a_peer_elsewhere_is_refused_with_a_sentence() -> None:
    environment = {**os.environ, "PEER_URL": "https://book.example.org", "PEER_KIND": "easyappointments"}

    bench = subprocess.run(
        [sys.executable, "-m", "benchmarks.bench_peer"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )

    assert bench.returncode == 1
    assert bench.stderr.strip().startswith("PEER_URL leads to another machine.")


def test_the_process_at_a_port_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        found = find_listeners(port)

    assert psutil.Process() in found
    assert spent_by(found) > 0
    assert find_listeners(port) == []


def test_objects_are_sent_as_jquery_sends_them() -> None:
    sent = flatten({"csrf_token": "x", "post_data": {"customer": {"city": "New York"}, "manage_mode": 0}})

    assert sent == {"csrf_token": "x", "post_data[customer][city]": "New York", "post_data[manage_mode]": "0"}


def test_a_page_that_is_no_booking_page_is_told() -> None:
    with pytest.raises(LookupError, match="no booking page"):
        read_told("<h1>Welcome to the server</h1>")


def test_drawn_visits_leave_the_days_free_that_are_booked() -> None:
    today = date(2026, 11, 27)

    visits = draw_visits(today)

    assert len(set(visits)) == len(visits) == 2_000
    assert not {day for _, day, _ in visits} & set(list_workdays(today, FREE))
