from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.models import VisitType
from education.models import Article
from education.sources import read_sources, sync

LIST = "admin:education_article_changelist"
CHANGE = "admin:education_article_change"
PREVIEW = "admin:education_article_preview"


def form_data(article: Article, **changes: object) -> dict[str, object]:
    """What a browser sends back: text areas come with CRLF."""
    data = {
        "title": article.title,
        "language": article.language,
        "summary": article.summary,
        "body": article.body.replace("\n", "\r\n"),
        "position": article.position,
        "visit_type": article.visit_type_id or "",
        "status": "published",
        "reviewer_name": "",
        "reviewed_on": "",
        "review_due": "",
    }
    return data | changes


def test_saving_untouched_is_no_edit(editor_client: Client, visit_type: VisitType):
    sync(read_sources())
    article = Article.objects.get(slug="muscle-spasms", language="en")

    response = editor_client.post(reverse(CHANGE, args=[article.pk]), form_data(article))

    assert response.status_code == 302
    article.refresh_from_db()
    assert not article.is_edited_here


@pytest.mark.parametrize("change", [{"title": "Ours"}, {"body": "## Ours"}, {"visit_type": ""}])
def test_saving_another_text_is_an_edit(
    editor_client: Client, visit_type: VisitType, change: dict[str, object]
):
    sync(read_sources())
    article = Article.objects.get(slug="muscle-spasms", language="en")

    editor_client.post(reverse(CHANGE, args=[article.pk]), form_data(article, **change))

    article = Article.objects.get(pk=article.pk)
    assert article.is_edited_here


def test_saving_a_text_with_problems_says_so(editor_client: Client, make_article: Callable[..., Article]):
    article = make_article()

    response = editor_client.post(
        reverse(CHANGE, args=[article.pk]), form_data(article, body="# Title again")
    )

    assert response.context["adminform"].form.errors["body"] == [
        "Headings start with ## and go down one step at a time. The title is not repeated."
    ]


def test_address_of_an_article_is_not_edited(editor_client: Client, make_article: Callable[..., Article]):
    article = make_article()

    editor_client.post(reverse(CHANGE, args=[article.pk]), form_data(article, slug="moved"))

    article.refresh_from_db()
    assert article.slug == "article-1"


def test_new_article_is_saved(editor_client: Client, db: None):
    article = Article(title="New", summary="A line.", body="## One", position=1)

    response = editor_client.post(reverse("admin:education_article_add"), form_data(article, slug="new"))

    assert response.status_code == 302
    assert Article.objects.get().is_edited_here


def test_preview_shows_a_draft_to_staff(editor_client: Client, make_article: Callable[..., Article]):
    article = make_article(status="draft")

    page = editor_client.get(reverse(PREVIEW, args=[article.pk])).content.decode()

    assert "Preview." in page
    assert f"<h1>{article.title}</h1>" in page


def test_preview_is_closed_to_others(client: Client, make_article: Callable[..., Article]):
    article = make_article(status="draft")
    address = reverse(PREVIEW, args=[article.pk])

    assert client.get(address).status_code == 302
    client.force_login(User.objects.create_user("no-rights", is_staff=True))
    assert client.get(address).status_code == 403


@pytest.mark.parametrize(
    ("choice", "titles"),
    [
        ("none", {"Article 1"}),
        ("overdue", {"Article 2"}),
        ("soon", {"Article 3"}),
        (None, {"Article 1", "Article 2", "Article 3", "Article 4"}),
    ],
)
def test_review_filter(
    editor_client: Client, make_article: Callable[..., Article], choice: str | None, titles: set[str]
):
    with time_machine.travel(datetime(2026, 11, 23, 17, tzinfo=UTC), tick=False):
        make_article(1)
        today = datetime(2026, 11, 23, tzinfo=UTC).date()
        for number, days in ((2, -1), (3, 90), (4, 91)):
            make_article(
                number,
                reviewer_name="Dr. Pat Example",
                reviewed_on=today - timedelta(days=365),
                review_due=today + timedelta(days=days),
            )

        response = editor_client.get(reverse(LIST), {"review": choice} if choice else {})

    assert {article.title for article in response.context["cl"].result_list} == titles


def test_list_asks_as_often_for_three_as_for_one(
    editor_client: Client, visit_type: VisitType, make_article: Callable[..., Article]
):
    make_article(1, visit_type=visit_type)
    with CaptureQueriesContext(connection) as for_one:
        editor_client.get(reverse(LIST))
    make_article(2, visit_type=visit_type)
    make_article(3, visit_type=visit_type)

    with CaptureQueriesContext(connection) as for_three:
        page = editor_client.get(reverse(LIST)).content.decode()

    assert "Article 3" in page
    assert len(for_three) == len(for_one)
