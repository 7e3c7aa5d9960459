from collections.abc import Callable
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from education.models import Article

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def _public_url(settings):
    settings.PUBLIC_URL = "https://clinic.example.org"


def test_feed_is_atom_with_public_addresses(client: Client, make_article: Callable[..., Article]):
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=UTC), tick=False):
        make_article(title="Cramps & <pain>", summary="What helps.")

    response = client.get(reverse("learn:feed"), headers={"host": "testserver"})

    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(response.content)
    (entry,) = feed.iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Cramps & <pain>"
    assert entry.findtext(f"{ATOM}summary") == "What helps."
    assert entry.findtext(f"{ATOM}updated") == "2026-11-23T12:00:00+00:00"
    assert entry.findtext(f"{ATOM}id") == "https://clinic.example.org/learn/article-1/"
    links = [link.get("href", "") for link in feed.iter(f"{ATOM}link")]
    assert links
    assert all(link.startswith("https://clinic.example.org/learn/") for link in links)


def test_feed_begins_with_the_newest_change(client: Client, make_article: Callable[..., Article]):
    older, newer = make_article(1), make_article(2)
    older.save()

    feed = ElementTree.fromstring(client.get(reverse("learn:feed")).content)

    titles = [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]
    assert titles == [older.title, newer.title]


def test_signs_that_xml_cannot_have_do_not_stop_the_feed(
    client: Client, make_article: Callable[..., Article]
):
    make_article(title="Cramps\x0bat night", summary="What\x1fhelps.")

    feed = ElementTree.fromstring(client.get(reverse("learn:feed")).content)

    (entry,) = feed.iter(f"{ATOM}entry")
    assert (entry.findtext(f"{ATOM}title"), entry.findtext(f"{ATOM}summary")) == (
        "Cramps at night",
        "What helps.",
    )


def test_feed_without_articles_is_still_a_feed(client: Client, db: None):
    feed = ElementTree.fromstring(client.get(reverse("learn:feed")).content)

    assert feed.tag == f"{ATOM}feed"
    assert feed.findall(f"{ATOM}entry") == []


def test_unchanged_feed_is_not_sent_again(client: Client, make_article: Callable[..., Article]):
    article = make_article()
    etag = client.get(reverse("learn:feed")).headers["ETag"]

    assert client.get(reverse("learn:feed"), headers={"if-none-match": etag}).status_code == 304
    article.summary = "Another summary."
    article.save()
    assert client.get(reverse("learn:feed"), headers={"if-none-match": etag}).status_code == 200
