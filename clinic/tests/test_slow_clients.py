"""Two hundred clients that are slow on purpose, before the real web server: patients do not notice."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic import slow_clients
from clinic.run import ROOT
from clinic.slow_clients import LONGEST_BODY, LONGEST_HEAD, Arrival
from faults.scene import ANSWER_SECONDS, Scene

pytestmark = pytest.mark.flaky(reruns=1)

HOST = "Host: 127.0.0.1\r\n"
# Each begins another way, and goes on byte by byte, for ever.
BEGINNINGS = [
    "",
    "GE",
    f"GET / HTTP/1.1\r\n{HOST}X-Slow: a",
    f"POST /book/check/ HTTP/1.1\r\n{HOST}Content-Length: 1000\r\n\r\nwho=",
    f"POST /book/check/ HTTP/1.1\r\n{HOST}Content-Length: 99999999\r\n\r\nwho=",
    # Answered at once, and then the other end neither goes on nor hangs up.
    f"POST /book/check/ HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n3\r\nwho",
    # A page, whose reader does not read.
    f"GET /learn/ HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n",
    "no http /visits/a-secret\r\n\r\n",
]


@pytest.fixture
def web(scene: Scene) -> Scene:
    scene.clinic.start_broker()
    scene.clinic.start_web()
    return scene


def open_connection(scene: Scene) -> socket.socket:
    host, port = scene.clinic.site.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=5)


@contextlib.contextmanager
def slow_clients_before(scene: Scene, number: int) -> Iterator[None]:
    """Let so many connections stand, each with a beginning, and drip a byte into each now and then."""
    connections = [open_connection(scene) for _ in range(number)]
    for count, connection in enumerate(connections):
        connection.sendall(BEGINNINGS[count % len(BEGINNINGS)].encode())
    is_over = threading.Event()

    def drip() -> None:
        while not is_over.wait(0.3):
            for connection in connections:
                # Those that the server has ended take nothing more.
                with contextlib.suppress(OSError):
                    connection.send(b"a")

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
        for connection in connections:
            connection.close()


def ask(connection: socket.socket, request: str) -> str:
    """Send it, and return the answer up to where the server ends it, or has no more for now."""
    connection.sendall(request.encode())
    received = b""
    with contextlib.suppress(OSError):
        while data := connection.recv(65536):
            received += data
    return received.decode()


def test_two_hundred_slow_connections_do_not_stop_a_booking(web: Scene) -> None:
    with slow_clients_before(web, 200):
        time.sleep(1)
        patients = web.book(2)

    assert all(patient.is_booked for patient in patients)
    assert max(press.seconds for patient in patients for press in patient.presses) < ANSWER_SECONDS


def test_a_request_in_pieces_is_answered(web: Scene) -> None:
    with open_connection(web) as connection:
        for piece in ("GET /health/li", f"ve HTTP/1.1\r\n{HOST}", "Connection: close\r\n\r"):
            connection.sendall(piece.encode())
            time.sleep(0.05)
        answer = ask(connection, "\n")

    assert answer.startswith("HTTP/1.1 200")


def test_two_requests_at_once_are_answered_one_after_the_other(web: Scene) -> None:
    one = f"GET /health/live HTTP/1.1\r\n{HOST}"

    with open_connection(web) as connection:
        answer = ask(connection, f"{one}\r\n{one}Connection: close\r\n\r\n")

    assert answer.count("HTTP/1.1 200") == 2


REFUSED = [
    (f"GET / HTTP/1.1\r\n{HOST}X-Long: {'a' * LONGEST_HEAD}", 431),
    (f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n", 411),
    (f"POST /dim/ HTTP/1.1\r\n{HOST}Content-Length: {LONGEST_BODY + 1}\r\n\r\n", 413),
    ("garbage /visits/a-secret\r\n\r\n", 400),
    (f"GET / HTTP/1.1\r\n{HOST}Bad header: a-secret\r\n\r\n", 400),
    (f"GET /{'a' * 5000} HTTP/1.1\r\n{HOST}\r\n", 414),
    (f"GET / HTTP/1.1\r\n{HOST}" + "".join(f"X-{n}: a\r\n" for n in range(70)) + "\r\n", 431),
    (f"POST / HTTP/1.1\r\n{HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
    (f"POST /visits/a-secret/ HTTP/1.1\r\n{HOST}Content-Type: a/b; charset*=a'b'c%00\r\n\r\n", 400),
    ("GET /visits/a-secret/ HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n", 400),
]


def test_what_cannot_be_served_is_refused_and_quoted_nowhere(web: Scene) -> None:
    statuses = []
    for request, _status in REFUSED:
        with open_connection(web) as connection:
            answer = ask(connection, request)
        statuses.append(int(answer.split(" ")[1]))
        assert "\r\nContent-Security-Policy: " in answer
        assert "\r\nX-Content-Type-Options: nosniff" in answer
        # A page of ours leads to itself in Spanish; whatever else is no page.
        assert "a-secret" not in answer or "<h1>" in answer

    logs = "".join(log.read_text() for log in web.clinic.folder.glob("web-*.log"))
    assert statuses == [status for _request, status in REFUSED]
    assert "A request was refused" in logs
    assert "a-secret" not in logs


def test_whoever_never_ends_a_request_is_let_go(web: Scene) -> None:
    with open_connection(web) as connection:
        connection.settimeout(slow_clients.ARRIVE_SECONDS + 5)
        began = time.monotonic()
        answer = ask(connection, "GET / HTTP/1.1\r\n")

    assert answer == ""
    assert time.monotonic() - began < slow_clients.ARRIVE_SECONDS + 4


@pytest.mark.parametrize(
    ("received", "is_complete"),
    [
        (b"GET / HTTP/1.1\r\n\r", False),
        (b"GET / HTTP/1.1\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\ncontent-length : 2\r\n\r\na", False),
        (b"POST / HTTP/1.1\r\nCONTENT-LENGTH: 2\r\n\r\nab", True),
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\nA: b\r\n\r\nab", True),
        # What only looks like a length counts as none.
        (b"POST / HTTP/1.1\r\nX: Content-Length: 2\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\n\r\nContent-Length: 2\r\n", True),
    ],
)
def test_a_request_is_here_with_its_last_byte(received: bytes, is_complete: bool) -> None:
    whole, by_bytes = Arrival(None), Arrival(None)

    whole.add(received)
    for byte in received:
        by_bytes.add(bytes([byte]))

    assert whole.is_complete == by_bytes.is_complete == is_complete


def test_slow_connections_do_not_hold_up_a_deploy(web: Scene) -> None:
    [_broker, process] = web.clinic.children
    with slow_clients_before(web, 40):
        time.sleep(0.5)
        began = time.monotonic()
        process.terminate()
        process.wait(timeout=30)

    # Whoever waited for them would wait nearly all of it; a busy machine ends its processes in some seconds.
    assert time.monotonic() - began < slow_clients.ARRIVE_SECONDS * 0.75


def test_more_connections_than_places_make_place_for_who_comes_last(scene: Scene, tmp_path: Path) -> None:
    """Two processes of twelve places each, and forty who are slow: a visitor gets an answer all the same."""
    own = tmp_path / "gunicorn.conf.py"
    own.write_text((ROOT / "gunicorn.conf.py").read_text() + "\nworker_connections = 12\n")
    scene.clinic.environment |= {"GUNICORN_CMD_ARGS": f"--config {own}"}
    scene.clinic.start_web()

    with slow_clients_before(scene, 40):
        time.sleep(0.5)
        answers = [scene.clinic.is_live() for _ in range(20)]

    assert all(answers)


def test_a_file_leaves_whole_through_a_narrow_line(web: Scene) -> None:
    folder = Path(web.clinic.environment["DATA_DIR"]) / "static"
    file = max(folder.rglob("*.css"), key=lambda found: found.stat().st_size)
    path = file.relative_to(folder)
    with open_connection(web) as connection:
        connection.sendall(f"GET /static/{path} HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n".encode())
        received = b""
        while data := connection.recv(8192):
            received += data
            time.sleep(0.005)

    assert received.partition(b"\r\n\r\n")[2] == file.read_bytes()
