from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.urls import reverse

from education.drafts import LIFETIME, make_draft_path
from education.models import Article

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def test_link_shows_the_draft_without_an_account(client: Client, make_article: Callable[..., Article]):
    response = client.get(make_draft_path(make_article(status="draft")))

    assert response.status_code == 200
    assert "Preview." in response.content.decode()
    assert "noindex" in response["X-Robots-Tag"]
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(("age", "status"), [(LIFETIME - timedelta(minutes=1), 200), (LIFETIME * 1.01, 404)])
def test_link_ends_after_its_lifetime(
    client: Client, make_article: Callable[..., Article], age: timedelta, status: int
):
    with time_machine.travel(NOW, tick=False):
        address = make_draft_path(make_article(status="draft"))

    with time_machine.travel(NOW + age, tick=False):
        assert client.get(address).status_code == status


@pytest.mark.parametrize("status", ["published", "withdrawn"])
def test_link_ends_with_the_draft(client: Client, make_article: Callable[..., Article], status: str):
    article = make_article(status="draft")
    address = make_draft_path(article)

    Article.objects.update(status=status)

    assert client.get(address).status_code == 404


def test_link_cannot_be_made_by_others(client: Client, make_article: Callable[..., Article]):
    first, second = make_article(1, status="draft"), make_article(2, status="draft")
    other_article = make_draft_path(first).replace(f"/{first.pk}:", f"/{second.pk}:")
    other_purpose = signing.TimestampSigner(salt="another").sign(str(first.pk))

    assert client.get(other_article).status_code == 404
    assert client.get(reverse("learn:draft", args=[other_purpose])).status_code == 404
    assert client.get(reverse("learn:draft", args=["nonsense"])).status_code == 404


def test_withdrawn_article_is_gone_and_says_what_to_do(client: Client, make_article: Callable[..., Article]):
    article = make_article(status="withdrawn")

    response = client.get(article.get_absolute_url())

    assert response.status_code == 410
    page = response.content.decode()
    assert "We have taken this page down" in page
    assert f'href="{reverse("learn:list")}"' in page
    assert article.title not in page


@pytest.mark.parametrize("name", ["learn:list", "learn:feed"])
def test_withdrawn_article_is_in_no_list(client: Client, make_article: Callable[..., Article], name: str):
    make_article(1)
    withdrawn = make_article(2, status="withdrawn")

    assert withdrawn.title not in client.get(reverse(name)).content.decode()
