"""The real proxy with the Caddyfile of production, over TLS, before the real web server."""

import http.client
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPSHandler, build_opener

import pytest
from django.utils.translation import gettext, override

from clinic.slow_clients import LONGEST_BODY
from clinic.tests.proxy import PHONE, Proxy, find_caddy, running_proxy
from clinic.tests.test_limits_for_real import GUESS
from faults.patient import Patient
from faults.scene import Scene

pytestmark = pytest.mark.flaky(reruns=1)

# Differ from answer to answer, or belong to one connection.
OF_THE_MOMENT = {"connection", "content-length", "date", "expires", "keep-alive", "set-cookie"}
# HTTP/3 is offered by the proxy; who made the site's server is nobody's business.
# The number is of one request.
OF_THE_PROXY = {"alt-svc", "x-request-id"}
OF_GUNICORN = {"server", "x-request-id"}
PATHS = [
    "/",
    "/es/learn/",
    "/book/",
    "/visits/find/",
    "/visits/no-such-link/",
    "/staff/login/",
    "/nothing/",
    "/admin/",
]
# Nobody listens there: the proxy has to answer by itself.
NOBODY = "127.0.0.1:1"

Start = Callable[..., Proxy]


@pytest.fixture
def caddy() -> None:
    if find_caddy() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("No Caddy: install requirements-dev.txt")


@pytest.fixture
def start(caddy: None, scene: Scene, tmp_path: Path) -> Iterator[Start]:
    """Starts proxy and web server, and returns the proxy."""
    with ExitStack() as stack:

        def start_both(**options: str) -> Proxy:
            upstream = scene.clinic.site.removeprefix("http://")
            proxy = stack.enter_context(running_proxy(folder=tmp_path, upstream=upstream, **options))
            scene.clinic.environment |= {
                "PUBLIC_URL": proxy.site,
                "ALLOWED_HOSTS": "localhost,127.0.0.1",
                "TRUSTED_PROXIES": "1",
                "CLINIC_PHONE": PHONE,
            }
            scene.clinic.start_web()
            return proxy

        yield start_both


def trust(proxy: Proxy) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(proxy.authority))


def make_visitor(proxy: Proxy, **headers: str) -> tuple[Patient, CookieJar]:
    visitor, jar = Patient(site=proxy.site, number=1), CookieJar()
    visitor.opener = build_opener(HTTPSHandler(context=trust(proxy)), HTTPCookieProcessor(jar))
    visitor.opener.addheaders = [("Origin", proxy.site), *headers.items()]
    return visitor, jar


def ask_proxy(proxy: Proxy, method: str, path: str, **options: object) -> http.client.HTTPResponse:
    address = urlsplit(proxy.site)
    connection = http.client.HTTPSConnection(address.hostname, address.port, context=trust(proxy), timeout=30)
    connection.request(method, path, **options)
    return connection.getresponse()


def ask_web(scene: Scene, path: str, *, headers: dict[str, str]) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(scene.clinic.site.removeprefix("http://"), timeout=30)
    connection.request("GET", path, headers={**headers, "Host": "localhost", "X-Forwarded-Proto": "https"})
    return connection.getresponse()


def list_headers(response: http.client.HTTPResponse, *, without: set[str]) -> list[tuple[str, str]]:
    """Each header as often as it is there, in an order that does not matter."""
    headers = [(name.lower(), value) for name, value in response.getheaders()]
    return sorted((name, value) for name, value in headers if name not in OF_THE_MOMENT | without)


@contextmanager
def site_that(behaves: Callable[[socket.socket], None], *, folder: Path) -> Iterator[Proxy]:
    """The proxy before something else than our site, which does so with its first connection."""
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                behaves(connection)

        pool.submit(serve)
        with running_proxy(folder=folder, upstream=f"127.0.0.1:{server.getsockname()[1]}") as proxy:
            yield proxy


def break_off(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nThe beginning")


def read_on(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def test_headers_and_compression_are_those_of_the_site(start: Start, scene: Scene) -> None:
    proxy = start()

    for path in PATHS:
        headers = {"Accept-Encoding": "gzip, br, zstd"}
        seen = ask_proxy(proxy, "GET", path, headers=headers)
        own = ask_web(scene, path, headers=headers)

        assert seen.status == own.status
        assert list_headers(seen, without=OF_THE_PROXY) == list_headers(own, without=OF_GUNICORN)
        assert seen.getheader("Strict-Transport-Security")
    is_compressed = {
        path: ask_proxy(proxy, "GET", path, headers=headers).getheader("Content-Encoding") for path in PATHS
    }
    assert (is_compressed["/"], is_compressed["/visits/find/"]) == ("gzip", None)


def test_a_forged_address_counts_for_nothing(start: Start) -> None:
    proxy = start()

    statuses = []
    for number in range(6):
        forged = f"198.51.100.{number}"
        visitor, _ = make_visitor(proxy, **{"X-Forwarded-For": forged, "Forwarded": f"for={forged}"})
        visitor.get("/visits/find/")
        statuses.append(visitor.post("/visits/find/", **GUESS).status)

    assert statuses == [422] * 5 + [429]


def test_http_leads_to_https(caddy: None, tmp_path: Path) -> None:
    with running_proxy(folder=tmp_path, upstream=NOBODY) as proxy:
        connection = http.client.HTTPConnection("localhost", proxy.http_port, timeout=5)
        connection.request("GET", "/book/?day=2026-12-01", headers={"X-Forwarded-Proto": "https"})
        response = connection.getresponse()

    assert response.status == 308
    assert response.getheader("Location") == f"{proxy.site}/book/?day=2026-12-01"


def test_what_is_too_long_stops_at_the_proxy(caddy: None, tmp_path: Path) -> None:
    with site_that(read_on, folder=tmp_path) as proxy:
        response = ask_proxy(proxy, "POST", "/dim/", body=b"a" * (LONGEST_BODY + 1))

    assert response.status == 413
    assert response.getheader("Content-Security-Policy") == "default-src 'none'; frame-ancestors 'none'"
    text = response.read().decode()
    assert PHONE in text
    with override("es"):
        assert gettext("That was too long for us") in text
        assert gettext("Please go back one page, write less, and try again.") in text


def test_a_visit_is_booked_over_tls_and_its_link_stands_in_no_log(start: Start, scene: Scene) -> None:
    proxy = start(patience="1s")
    visitor, jar = make_visitor(proxy)
    visitor.prepare(visit_type=scene.visit_type.slug, slot=next(scene.slots))

    with visitor.open("/book/check/", urlencode(visitor.hidden).encode()) as page:
        link = page.geturl()
    scene.clinic.finish(*scene.clinic.children)
    away = ask_proxy(proxy, "GET", urlsplit(link).path)

    assert {cookie.name for cookie in jar} == {"__Host-sessionid", "__Host-csrftoken"}
    assert all(cookie.secure and not cookie.domain_specified for cookie in jar)
    assert (away.status, away.getheader("Retry-After")) == (502, "60")
    assert PHONE in away.read().decode()
    logs = proxy.log.read_text() + "".join(log.read_text() for log in scene.clinic.folder.glob("web-*.log"))
    secret = urlsplit(link).path.removeprefix("/visits/").strip("/")
    assert len(secret) > 40
    assert secret not in logs


def test_an_answer_that_breaks_off_is_logged_without_the_request(caddy: None, tmp_path: Path) -> None:
    with site_that(break_off, folder=tmp_path) as proxy:
        response = ask_proxy(proxy, "GET", "/visits/a-secret/", headers={"Cookie": "sessionid=b-secret"})
        with pytest.raises(http.client.IncompleteRead):
            response.read()

    log = proxy.log.read_text()
    assert "aborting with incomplete response" in log
    assert "secret" not in log


# A booking across a deploy: what fails here once in a hundred runs must show.
@pytest.mark.flaky(reruns=0)
def test_whoever_presses_while_the_site_is_replaced_waits_and_is_booked(
    start: Start, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine the new process takes its time.
    monkeypatch.setattr("faults.patient.PATIENCE", 100)
    proxy = start(patience="90s")
    visitor, _ = make_visitor(proxy)
    visitor.prepare(visit_type=scene.visit_type.slug, slot=next(scene.slots))

    scene.clinic.finish(*scene.clinic.children)
    with ThreadPoolExecutor(1) as pool:
        pressed = pool.submit(visitor.confirm)
        time.sleep(1)
        assert not pressed.done()
        scene.clinic.start_web()

        assert pressed.result().status == 200
    assert visitor.is_booked
