"""From an article to the same page in the other language, there or not yet."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from booking.models import VisitType
from education.models import Article, Topic

CHANGE = "admin:education_article_change"


def read_ways(client: Client, article: Article) -> list[tuple[str, str]]:
    return client.get(reverse(CHANGE, args=[article.pk])).context["other_languages"]


@pytest.mark.parametrize(("language", "other", "name"), [("en", "es", "Spanish"), ("es", "en", "English")])
def test_page_can_be_begun_in_the_other_language(
    editor_client: Client,
    make_article: Callable[..., Article],
    visit_type: VisitType,
    language: str,
    other: str,
    name: str,
):
    topics = [Topic.objects.create(slug=f"topic-{number}", name=f"Topic {number}") for number in (1, 2)]
    article = make_article(language=language, visit_type=visit_type, position=7)
    article.topics.set(topics)

    [(words, address)] = read_ways(editor_client, article)
    form = editor_client.get(address).context["adminform"].form

    assert words == f"Write this page in {name}"
    assert [str(form[field].value()) for field in ("slug", "language", "position", "visit_type")] == [
        "article-1",
        other,
        "7",
        str(visit_type.pk),
    ]
    assert form["topics"].value() == [str(topic.pk) for topic in topics]


def test_what_was_begun_is_saved_as_the_same_page(
    editor_client: Client, make_article: Callable[..., Article]
):
    article = make_article()
    [(_words, address)] = read_ways(editor_client, article)
    form = {
        "title": "Calambres",
        "slug": "article-1",
        "language": "es",
        "summary": "Una frase.",
        "body": "Uno.",
        "position": 1,
        "status": "draft",
    }

    editor_client.post(address, form)

    spanish = Article.objects.get(slug="article-1", language="es")
    assert read_ways(editor_client, article) == [
        ("Open this page in Spanish", reverse(CHANGE, args=[spanish.pk]))
    ]
    assert read_ways(editor_client, spanish) == [
        ("Open this page in English", reverse(CHANGE, args=[article.pk]))
    ]


def test_language_of_an_article_is_not_edited(editor_client: Client, make_article: Callable[..., Article]):
    article = make_article()
    form = {
        "title": "T",
        "summary": "S",
        "body": "B",
        "position": 1,
        "status": "draft",
        "language": "es",
    }

    editor_client.post(reverse(CHANGE, args=[article.pk]), form)

    article.refresh_from_db()
    assert (article.title, article.language) == ("T", "en")


def test_who_may_not_add_is_not_led_there(client: Client, make_article: Callable[..., Article]):
    article = make_article()
    editor = User.objects.create(username="changes-only", is_staff=True)
    editor.user_permissions.set(Permission.objects.filter(codename="change_article"))
    client.force_login(editor)

    assert read_ways(client, article) == []
