"""The preview of a text that is not saved: beside the form, and by a button."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from booking.models import VisitType
from education.editing.preview import list_samples
from education.models import Article
from education.render import CARDS, FIGURES, LISTS, find_problems

NEW = "admin:education_article_live_new"
LIVE = "admin:education_article_live"


def test_preview_shows_what_stands_in_the_form_and_saves_nothing(
    editor_client: Client, make_article: Callable[..., Article], visit_type: VisitType
):
    article = make_article()
    typed = {
        "title": "Typed",
        "summary": "Not saved.",
        "body": "## Rest\n\n::: book-a-visit\n- it stays\n:::",
        "visit_type": visit_type.pk,
    }

    page = editor_client.post(reverse(LIVE, args=[article.pk]), typed).content.decode()

    assert "<h1>Typed</h1>" in page
    assert '<a href="#section-rest">Rest</a>' in page
    assert "New patient visit" in page
    article.refresh_from_db()
    assert article.title == "Article 1"
    assert article.history.count() == 1


def test_preview_of_a_new_article_speaks_its_language(editor_client: Client):
    page = editor_client.post(reverse(NEW), {"title": "Calambres", "language": "es", "body": "Uno."})

    assert "1 minuto de lectura" in page.content.decode()
    assert not Article.objects.exists()


@pytest.mark.parametrize("typed", [{}, {"language": "../x", "visit_type": "²", "slug": "a/b"}])
def test_preview_takes_whatever_is_typed(editor_client: Client, typed: dict[str, str]):
    assert editor_client.post(reverse(NEW), typed).status_code == 200


def test_preview_names_problems_and_advice(editor_client: Client):
    body = "# Title again\n\n[there](/learn/nowhere/)"

    page = editor_client.post(reverse(NEW), {"title": "x", "language": "es", "body": body}).content.decode()

    assert "The title is not repeated." in page
    assert "/learn/nowhere/" in page


def test_frame_runs_nothing_and_stands_in_our_pages_only(
    editor_client: Client, make_article: Callable[..., Article]
):
    response = editor_client.get(reverse(LIVE, args=[make_article().pk]))

    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert "allow-scripts" not in policy
    assert response["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("method", ["get", "post"])
def test_preview_is_for_those_who_may_write(
    client: Client, make_article: Callable[..., Article], method: str
):
    address = reverse(LIVE, args=[make_article().pk])
    reader = User.objects.create(username="reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_article"))

    assert getattr(client, method)(address).status_code == 302
    client.force_login(reader)
    assert getattr(client, method)(address).status_code == 403
    assert getattr(client, method)(reverse(NEW)).status_code == 403


def test_preview_asks_for_the_token_of_the_form(make_article: Callable[..., Article], editor_client: Client):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="editor"))

    assert strict.post(reverse(LIVE, args=[make_article().pk]), {"body": "x"}).status_code == 403


def test_form_has_the_button_that_needs_no_script(
    editor_client: Client, make_article: Callable[..., Article]
):
    article = make_article()

    page = editor_client.get(reverse("admin:education_article_change", args=[article.pk])).content.decode()

    address = reverse(LIVE, args=[article.pk])
    assert f'formaction="{address}" formtarget="_blank" formnovalidate' in page
    assert (
        f'formaction="{reverse(NEW)}"'
        in editor_client.get(reverse("admin:education_article_add")).content.decode()
    )


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_block_has_a_sample_that_the_renderer_takes(language: str):
    samples = list_samples(language=language)

    assert [sample.split("\n")[0].split()[1] for sample in samples if "figure" not in sample] == [
        *LISTS,
        *CARDS,
    ]
    assert [sample.split("\n")[0].split()[2] for sample in samples if "figure" in sample] == list(FIGURES)
    assert find_problems("\n\n".join(samples), language=language) == []
