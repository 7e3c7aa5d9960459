"""/learn/topics/<topic>/, related articles, and what a new site starts with."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from education.finding.rows import Synonym, Topic
from education.finding.source import seed_finding
from education.models import Article
from education.sources import read_sources, sync

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic() -> Topic:
    return Topic.objects.create(slug="legs", name="Leg cramps", name_es="Calambres en las piernas")


@pytest.mark.parametrize("count", [1, 3])
def test_topic_lists_its_articles_in_two_questions(
    client: Client, topic: Topic, make_article: Callable[..., Article], count: int
):
    topic.articles.set([make_article(number) for number in range(count)])
    make_article(9)

    with CaptureQueriesContext(connection) as queries:
        page = client.get("/learn/topics/legs/").text

    assert page.count('href="/learn/article-') == count
    assert len(queries) == 2


def test_topic_without_anything_to_read_is_not_there(
    client: Client, topic: Topic, make_article: Callable[..., Article]
):
    topic.articles.set([make_article(1, status="draft"), make_article(2, language="es")])

    assert client.get("/learn/topics/legs/").status_code == 404
    assert "/learn/topics/legs/" not in client.get("/learn/").text
    assert "Calambres en las piernas" in client.get("/es/learn/topics/legs/").text


def test_related_articles_share_topics(topic: Topic, make_article: Callable[..., Article]):
    articles = [make_article(number) for number in range(1, 5)]
    topic.articles.set([articles[0], articles[3]])

    related = Article.objects.published(language="en").related_to(articles[0])

    assert [article.slug for article in related] == ["article-4", "article-2", "article-3"]


def test_new_site_starts_with_topics_and_terms_and_staff_keep_the_word():
    sync(read_sources())
    topics, synonyms = seed_finding()
    assert topics == Topic.objects.count() >= 4
    assert synonyms == Synonym.objects.count() >= 20
    assert set(Article.objects.filter(topics=None).values_list("slug", flat=True)) == set()

    Topic.objects.filter(slug="legs").delete()
    Synonym.objects.filter(term="nudo").delete()

    assert seed_finding() == (0, 0)
