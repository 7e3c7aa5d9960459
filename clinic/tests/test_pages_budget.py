"""What a page costs when nothing of it is in the browser yet."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client

from booking.models import Appointment, IntakeQuestion
from booking.tests import practice
from booking.tests.views import walk
from clinic.views import FIRST_VISIT
from education.models import Article
from education.sources import read_sources, sync

MAX_BYTES = 40_000
MAX_REQUESTS = 6
MAX_SCRIPT_BYTES = 2_000
GZIP = {"accept-encoding": "gzip"}


@pytest.fixture
def full_practice(db: None) -> Iterator[None]:
    """Five clinicians in two places, nine articles, and a visit type that asks for all there is to ask."""
    location = practice.make_location()
    first_visit = practice.make_visit_type(
        slug=FIRST_VISIT,
        needs_referral=True,
        arrive_early=10,
        preparation="Bring your photo ID, your insurance card and a list of your medicines.\n" * 4,
    )
    for number in range(4):
        IntakeQuestion.objects.create(
            visit_type=first_visit,
            wording=f"Has anything changed since your last visit, part {number}?",
            kind=IntakeQuestion.Kind.YES_NO,
            is_required=False,
        )
    for _ in range(5):
        practice.make_practitioner(visit_types=[first_visit], location=location)
    for number in range(9):
        Article.objects.create(
            slug=f"article-{number}",
            title="Spasms",
            summary="In short.",
            body="Words. " * 600,
            status="published",
        )
    with time_machine.travel(practice.NOW, tick=False):
        yield


def assert_light(response: HttpResponse) -> None:
    """The answer as it crosses the wire, with the files that a browser fetches for it."""
    is_compressed = response.get("Content-Encoding") == "gzip"
    html = (gzip.decompress(response.content) if is_compressed else response.content).decode()
    files = static_files(html)

    total = len(response.content) + sum(len(gzip.compress(path.read_bytes())) for path in files)
    scripts = sum(path.stat().st_size for path in files if path.suffix == ".js")

    assert response.status_code in (200, 422)
    assert total <= MAX_BYTES
    assert 1 + len(files) <= MAX_REQUESTS
    assert scripts <= MAX_SCRIPT_BYTES


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/privacy/",
        "/learn/",
        "/learn/article-0/",
        "/learn/which/",
        "/book/",
        "/book/help-me-choose/",
        f"/book/{FIRST_VISIT}/",
        f"/book/{FIRST_VISIT}/?view=clinician",
        f"/book/{FIRST_VISIT}/waitlist/",
        "/visits/find/",
    ],
)
@pytest.mark.usefixtures("full_practice")
def test_public_page_is_light(client: Client, address: str) -> None:
    response = client.get(address, headers=GZIP)

    assert_light(response)


@pytest.mark.parametrize("slug", sorted({source.slug for source in read_sources()}))
@pytest.mark.parametrize("prefix", ["", "/es"])
@pytest.mark.usefixtures("full_practice")
def test_article_with_its_drawings_is_light(client: Client, prefix: str, slug: str) -> None:
    sync([source for source in read_sources() if source.slug == slug])

    response = client.get(f"{prefix}/learn/{slug}/", headers=GZIP)

    assert_light(response)


@pytest.mark.usefixtures("full_practice")
def test_pages_on_the_way_to_a_booked_visit_are_light(client: Client) -> None:
    """They tell about one person, so they are not compressed: docs/adr/0008."""
    slots = walk.read_slots(client.get(f"/book/{FIRST_VISIT}/?day=2026-12-01"))

    client.post(f"/book/{FIRST_VISIT}/hold/", {"slot": slots[-1]})
    held = Appointment.objects.get()
    assert_light(client.get("/book/details/", headers=GZIP))
    assert_light(walk.send_details(client, held, email="none"))
    walk.send_details(client, held, referral="have")
    assert_light(client.get("/book/check/", headers=GZIP))
    address = walk.confirm(client, held)["Location"]
    for page in ("", "move/", "cancel/", "earlier/"):
        assert_light(client.get(address + page, headers=GZIP))


@pytest.mark.parametrize(
    "address", ["/", "/learn/article-0/", "/learn/muscle-spasms/", "/book/", "/nowhere/"]
)
@pytest.mark.usefixtures("full_practice")
def test_page_has_nothing_inline_and_asks_no_other_host(client: Client, address: str) -> None:
    sync(read_sources())

    html = client.get(address).text

    # JSON-LD is data, which no browser runs.
    assert not re.search(r"<script(?! type=\"application/ld\+json\">)(?![^>]*\bsrc=)", html)
    assert "<style" not in html
    assert not re.search(r"\sstyle=", html)
    assert not re.search(r"\son[a-z]+=", html)
    assert not re.search(r'(?:src|href)="(?:https?:)?//[^"]*"[^>]*(?:stylesheet|\.js|\.css)', html)
    assert not re.search(r'(?:src|data|poster)="(?:https?:)?//', html)


def static_files(html: str) -> list[Path]:
    """The files that a browser fetches with the page: style sheets, scripts, images, icon."""
    names = set(re.findall(r'(?:href|src)="/static/([^"]+)"', html))
    found = [finders.find(name) for name in names]
    assert found
    assert None not in found
    return [Path(path) for path in found]
