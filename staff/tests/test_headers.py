"""Every address of the project, asked by everybody in every way: no answer leaves without its headers."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver

from booking import actions, links
from booking.views.personal import VISITS
from clinic.headers import OF_STAFF
from staff.tests.scene import ANONYMOUS, PERSONAS, Scene
from staff.tests.test_crawl import ask

ALWAYS = {
    "X-Content-Type-Options": {"nosniff"},
    "X-Frame-Options": {"DENY"},
    "Referrer-Policy": {"same-origin", "no-referrer"},
    "Cross-Origin-Opener-Policy": {"same-origin"},
    "Cross-Origin-Resource-Policy": {"same-origin"},
    "Reporting-Endpoints": {'csp="/reports/csp/"'},
    "Strict-Transport-Security": {"max-age=31536000; includeSubDomains; preload"},
}
STRICT = {
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "report-uri /reports/csp/",
}
# Of the frames that show a mail or an unsaved article, to pages of ours: their styles stand in them,
# and they may run, send and load nothing.
IN_FRAME = {"default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'self'"}
# A patient who has a link, and nothing else.
PATIENT = "patient"
# What a browser loads by itself, and what our policy forbids it to run.
FOREIGN = re.compile(
    r'<(?:script|img|iframe|source|embed|audio|video)\b[^>]*\ssrc="(?:https?:)?//'
    r'|<link\b[^>]*rel="(?:stylesheet|preload|icon)"[^>]*href="(?:https?:)?//'
)
INLINE = re.compile(
    r'<style\b|<[a-z][^<>]*\s(?:style|on[a-z]+)="|<script(?![^>]*\ssrc=)(?![^>]*type="application/)'
)
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


@pytest.fixture(autouse=True)
def as_in_production(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 31536000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True


def make_client(**options: Any) -> Client:
    return Client(raise_request_exception=False, HTTP_SEC_FETCH_SITE="same-origin", **options)


def list_routes(patterns: Any, prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from list_routes(pattern.url_patterns, route)


def list_addresses(scene: Scene, token: str) -> list[str]:
    """Return an address for each pattern of the project, with rows that exist where there are some."""
    known = {
        "token": token,
        "slug": "new-patient",
        "kind": "booking.booked",
        "language": "en",
        "scheme": "light",
    }

    def fill(route: str) -> str:
        parts = route.split("/")
        model = ".".join(parts[1:3])
        visit = scene.pk("booking.appointment", "own")

        def value(match: re.Match[str]) -> str:
            name = match[1] or match[2]
            return known.get(name) or str(scene.pk(model, "own") if model in scene.rows else visit)

        return "/" + PARAMETER.sub(value, route)

    return list(dict.fromkeys(fill(route) for route in list_routes(get_resolver().url_patterns)))


def find_faults(response: HttpResponse, address: str) -> Iterator[str]:
    policy = {part.strip() for part in response.headers.get("Content-Security-Policy", "").split(";")}
    is_frame = policy >= IN_FRAME and "script-src" not in str(policy) and "sandbox" in str(policy)
    if not is_frame and (not policy >= STRICT or "unsafe" in str(policy)):
        yield f"Content-Security-Policy: {policy}"
    for name, allowed in ALWAYS.items():
        value = response.headers.get(name)
        if value not in allowed and (name, value, is_frame) != ("X-Frame-Options", "SAMEORIGIN", True):
            yield f"{name}: {value}"
    if "text/html" in response.headers.get("Content-Type", "") and not is_frame:
        page = response.getvalue().decode() if response.streaming else response.content.decode()
        yield from (f"loads from elsewhere: {found[0]}" for found in FOREIGN.finditer(page))
        yield from (f"has inline: {found[0][:80]}" for found in INLINE.finditer(page))
    if "camera=()" not in response.headers.get("Permissions-Policy", ""):
        yield "Permissions-Policy"
    if VISITS.match(address) or address.startswith(OF_STAFF):
        wanted = ("no-store, private", "noindex")
        if (response.headers.get("Cache-Control"), response.headers.get("X-Robots-Tag")) != wanted:
            yield f"can be kept: {response.headers.get('Cache-Control')}"
        if response.headers.get("Content-Encoding"):
            yield "is compressed"
    if VISITS.match(address) and response.headers.get("Referrer-Policy") != "no-referrer":
        yield "tells its address to others"
    for cookie in response.cookies.values():
        if not cookie.value:
            continue  # taken away
        if not cookie["secure"] or not cookie["httponly"] or cookie["samesite"] not in ("Lax", "Strict"):
            yield f"cookie {cookie.key}"


@pytest.mark.parametrize("persona", [*PERSONAS, PATIENT])
def test_every_address_of_the_project(scene: Scene, persona: str) -> None:
    client = make_client()
    visit = scene.rows["booking.appointment"]["own"]
    token = links.issue(visit) if persona == PATIENT else "a-token-of-nobody"
    if persona not in (ANONYMOUS, PATIENT):
        client.force_login(scene.users[persona])
    addresses = list_addresses(scene, token)
    seen = set()
    wrong = []

    for address in addresses:
        for method in ("get", "post", "put") if persona in (ANONYMOUS, PATIENT) else ("get", "post"):
            response = ask_securely(client, method, address)
            seen.add(response.status_code)
            wrong += [
                f"{method} {address} {response.status_code}: {fault}"
                for fault in find_faults(response, address)
            ]

    assert wrong == []
    assert len(addresses) > 150
    assert seen >= {200, 302, 404, 405}
    assert 500 not in seen


def ask_securely(client: Client, method: str, address: str) -> HttpResponse:
    return ask(client, method, address, {}, secure=True)


def fail_as(error: Exception) -> Callable[..., Any]:
    def fail(*arguments: Any, **named: Any) -> Any:
        raise error

    return fail


def answer_bad_host(scene: Scene) -> Any:
    return make_client().get("/visits/a-token/", secure=True, HTTP_HOST="elsewhere.example")


def answer_forged_form(scene: Scene) -> Any:
    return make_client(enforce_csrf_checks=True).post("/visits/a-token/cancel/", secure=True)


def answer_too_long(scene: Scene) -> Any:
    return make_client().post("/visits/find/", secure=True, CONTENT_LENGTH=str(2**30))


def answer_bug(scene: Scene) -> Any:
    with patch.object(links, "find", fail_as(RuntimeError())):
        return make_client().get("/visits/a-token/", secure=True)


def answer_no_database(scene: Scene) -> Any:
    with patch.object(links, "find", fail_as(OperationalError())):
        return make_client().get("/visits/a-token/", secure=True)


def answer_busy(scene: Scene) -> Any:
    token = links.issue(scene.rows["booking.appointment"]["own"])
    with patch.object(actions, "cancel", fail_as(actions.Busy())):
        return make_client().post(f"/visits/{token}/cancel/", secure=True)


def answer_too_many_tries(scene: Scene) -> Any:
    for _ in range(10):
        response = make_client().post(
            "/visits/find/",
            {
                "reference": "ZZZ-ZZZ",
                "birth_date_month": "1",
                "birth_date_day": "2",
                "birth_date_year": "1970",
            },
            secure=True,
        )
    return response


def answer_nul(scene: Scene) -> Any:
    return make_client().get("/admin/desk/?day=%00", secure=True)


def answer_file(scene: Scene) -> Any:
    from django.conf import settings

    (Path(settings.STATIC_ROOT) / "probe.css").write_text("a {}")
    return make_client().get("/static/probe.css", secure=True)


def answer_api(scene: Scene) -> Any:
    return make_client().get("/api/availability/new-patient/", secure=True)


def answer_refused_staff(scene: Scene) -> Any:
    client = make_client()
    client.force_login(scene.users["editor"])
    return client.get("/admin/desk/", secure=True)


@pytest.mark.parametrize(
    ("make_answer", "status"),
    [
        (answer_bad_host, 400),
        (answer_nul, 400),
        (answer_forged_form, 403),
        (answer_refused_staff, 403),
        (answer_too_long, 413),
        (answer_too_many_tries, 429),
        (answer_bug, 500),
        (answer_no_database, 503),
        (answer_busy, 503),
        (answer_file, 200),
        (answer_api, 200),
    ],
)
def test_every_kind_of_answer(
    scene: Scene, make_answer: Callable[[Scene], HttpResponse], status: int
) -> None:
    response = make_answer(scene)

    address = response.request["PATH_INFO"]
    assert response.status_code == status
    assert list(find_faults(response, address)) == []


def test_a_redirect_to_https_has_them_too(scene: Scene, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True

    response = make_client().get("/visits/a-token/")

    # HSTS means something over TLS only.
    faults = [fault for fault in find_faults(response, "/visits/a-token/") if "Strict-Transport" not in fault]
    assert response.status_code == 301
    assert faults == []
