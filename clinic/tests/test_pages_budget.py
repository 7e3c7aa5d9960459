"""What a public page costs when nothing of it is in the browser yet."""

import gzip
import re
from pathlib import Path

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.test import Client

from booking.tests import practice
from clinic.views import FIRST_VISIT
from education.models import Article

MAX_BYTES = 40_000
MAX_REQUESTS = 6
MAX_SCRIPT_BYTES = 2_000


@pytest.fixture
def full_practice(db: None) -> None:
    location = practice.make_location()
    first_visit = practice.make_visit_type(slug=FIRST_VISIT)
    for _ in range(5):
        practice.make_practitioner(visit_types=[first_visit], location=location)
    for number in range(9):
        Article.objects.create(
            slug=f"article-{number}",
            title="Spasms",
            summary="In short.",
            body="Words. " * 600,
            is_published=True,
        )


@pytest.mark.parametrize(
    "address", ["/", "/learn/", "/learn/article-0/", "/book/", f"/book/{FIRST_VISIT}/", "/visits/find/"]
)
@pytest.mark.usefixtures("full_practice")
def test_public_page_is_light(client: Client, address: str) -> None:
    with time_machine.travel(practice.NOW, tick=False):
        response = client.get(address)
    files = static_files(response.text)

    page_bytes = len(gzip.compress(response.content))
    total = page_bytes + sum(len(gzip.compress(path.read_bytes())) for path in files)
    scripts = sum(path.stat().st_size for path in files if path.suffix == ".js")

    assert response.status_code == 200
    assert total <= MAX_BYTES
    assert 1 + len(files) <= MAX_REQUESTS
    assert scripts <= MAX_SCRIPT_BYTES


@pytest.mark.parametrize("address", ["/", "/learn/article-0/", "/book/", "/nowhere/"])
@pytest.mark.usefixtures("full_practice")
def test_page_has_nothing_inline_and_asks_no_other_host(client: Client, address: str) -> None:
    html = client.get(address).text

    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
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
