"""sitemap.xml, robots.txt, icons, and what the head of a page tells other sites."""

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.tests import practice
from education.finding.rows import Topic
from education.models import Article

pytestmark = pytest.mark.django_db

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


def read(client: Client) -> dict[str, dict[str, str]]:
    """Each address with its versions in other languages."""
    response = client.get("/sitemap.xml")
    assert response.status_code == 200
    tree = ElementTree.fromstring(response.content)
    return {
        entry.findtext("s:loc", "", NAMES): {
            link.attrib["hreflang"]: link.attrib["href"] for link in entry.findall("x:link", NAMES)
        }
        for entry in tree.findall("s:url", NAMES)
    }


def test_sitemap_has_each_published_page_in_its_languages(
    client: Client, make_article: Callable[..., Article], settings: object
):
    settings.PUBLIC_URL = "https://clinic.example.org"
    practice.make_visit_type(slug="new-patient")
    practice.make_visit_type(slug="hidden", is_public=False)
    topic = Topic.objects.create(slug="legs", name="Leg cramps")
    topic.articles.set([make_article(1)])
    make_article(1, language="es")
    make_article(2)
    make_article(3, status="draft")
    make_article(4, status="withdrawn")

    pages = read(client)

    root = "https://clinic.example.org"
    assert pages[f"{root}/learn/article-1/"]["es"] == f"{root}/es/learn/article-1/"
    assert pages[f"{root}/learn/article-1/"]["x-default"] == f"{root}/learn/article-1/"
    assert f"{root}/es/learn/article-1/" in pages
    assert "es" not in pages[f"{root}/learn/article-2/"]
    assert {f"{root}/", f"{root}/es/", f"{root}/book/new-patient/", f"{root}/learn/topics/legs/"} <= set(
        pages
    )
    assert not [page for page in pages if re.search("hidden|article-[34]|es/learn/topics|visits|admin", page)]


def test_one_topic_and_three_take_as_many_queries(
    client: Client, make_article: Callable[..., Article], django_assert_num_queries: Any
):
    articles = [make_article(1), make_article(1, language="es")]
    Topic.objects.create(slug="legs", name="Leg cramps").articles.set(articles)
    with CaptureQueriesContext(connection) as queries:
        of_one = read(client)
    for slug in ("night", "sport"):
        Topic.objects.create(slug=slug, name=slug).articles.set(articles)

    with django_assert_num_queries(len(queries)):
        of_three = read(client)

    assert len(of_three) == len(of_one) + 4


def test_every_page_of_the_sitemap_is_there(client: Client, make_article: Callable[..., Article]):
    make_article(1)
    make_article(1, language="es")
    practice.make_visit_type(slug="new-patient")

    for page in read(client):
        assert client.get(page.removeprefix("http://127.0.0.1:8000")).status_code == 200, page


def test_robots_names_the_sitemap_and_what_is_not_for_crawlers(client: Client):
    response = client.get("/robots.txt")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    lines = response.text.splitlines()
    assert {"Disallow: /visits/", "Disallow: /es/visits/", "Disallow: /admin/"} <= set(lines)
    assert lines[-1] == "Sitemap: http://127.0.0.1:8000/sitemap.xml"


@pytest.mark.parametrize("address", ["/favicon.ico", "/apple-touch-icon.png"])
def test_icons_are_where_browsers_ask_for_them(client: Client, address: str):
    response = client.get(address)

    assert response.status_code == 302
    assert response["Location"].startswith("/static/clinic/")


@pytest.mark.parametrize("address", ["/", "/es/", "/learn/", "/learn/article-1/", "/es/learn/article-1/"])
def test_head_tells_where_the_page_is_and_what_it_shows_when_shared(
    client: Client, make_article: Callable[..., Article], address: str
):
    make_article(1)
    make_article(1, language="es")

    page = client.get(f"{address}?utm_source=x").text

    assert f'<link rel="canonical" href="http://127.0.0.1:8000{address}">' in page
    assert f'<meta property="og:url" content="http://127.0.0.1:8000{address}">' in page
    assert re.search(
        r'<meta property="og:image" content="http://127.0.0.1:8000/static/clinic/share[^"]*png">', page
    )
