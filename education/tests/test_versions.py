import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from booking.models import VisitType
from education.models import Article
from education.sources import read_sources, sync
from education.versions import Piece, compare

VERSIONS = "admin:education_article_versions"
VERSION = "admin:education_article_version"


def version_address(article: Article) -> str:
    """The address of the first version of `article`."""
    return reverse(VERSION, args=[article.pk, article.history.earliest("history_id").history_id])


def test_a_save_makes_a_version_only_where_something_changed(make_article: Callable[..., Article]):
    article = make_article()

    article.save()
    assert article.history.count() == 1
    article.title = "Another title"
    article.save()

    assert list(article.history.order_by("history_id").values_list("title", flat=True)) == [
        "Article 1",
        "Another title",
    ]


def test_a_deploy_makes_versions_by_the_content_file(visit_type: VisitType):
    source = read_sources()[0]
    sync([source])
    sync([source])
    sync([replace(source, title="Changed in the file")])

    versions = Article.objects.get(slug=source.slug, language=source.language).history.all()

    assert [version.history_change_reason for version in versions] == ["content file", "content file"]


def test_an_edit_in_the_admin_names_its_author(editor_client: Client, make_article: Callable[..., Article]):
    article = make_article()
    form = {
        "title": "New title",
        "summary": article.summary,
        "body": article.body,
        "position": 1,
        "status": "published",
        "visit_type": "",
        "reviewer_name": "",
        "reviewed_on": "",
        "review_due": "",
    }

    editor_client.post(reverse("admin:education_article_change", args=[article.pk]), form)

    assert article.history.latest().history_user.username == "editor"
    assert "editor" in editor_client.get(reverse(VERSIONS, args=[article.pk])).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_versions_asks_the_database_equally_often(
    editor_client: Client,
    make_article: Callable[..., Article],
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
):
    article = make_article()
    for number in range(count - 1):
        article.title = f"Title {number}"
        article._history_user = User.objects.create(username=f"author-{number}")
        article.save()

    with django_assert_num_queries(6):
        editor_client.get(reverse(VERSIONS, args=[article.pk]))


def test_restoring_brings_the_text_back_and_leaves_status_and_review(
    editor_client: Client, make_article: Callable[..., Article]
):
    article = make_article(status="published")
    article.title, article.status = "Changed", "draft"
    article.save()
    address = version_address(article)

    page = editor_client.get(address).content.decode()
    assert "<del>" in page
    assert "<ins>" in page
    assert Article.objects.get().title == "Changed"
    assert editor_client.post(address).status_code == 302

    article.refresh_from_db()
    assert (article.title, article.status) == ("Article 1", "draft")
    assert article.history.count() == 3
    assert article.history.latest().history_user.username == "editor"


def test_a_version_that_fails_the_checks_of_today_stays_where_it_is(
    editor_client: Client, make_article: Callable[..., Article]
):
    article = make_article(body="# Not allowed")
    article.body = "Fine."
    article.save()

    response = editor_client.post(version_address(article))

    assert "Headings start with ##" in response.content.decode()
    assert Article.objects.get().body == "Fine."


def test_who_may_only_read_cannot_restore(client: Client, make_article: Callable[..., Article]):
    article = make_article()
    article.title = "Changed"
    article.save()
    reader = User.objects.create(username="reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_article"))
    client.force_login(reader)

    assert "Bring back" not in client.get(version_address(article)).content.decode()
    assert client.post(version_address(article)).status_code == 403
    assert Article.objects.get().title == "Changed"


def test_a_version_of_another_article_is_not_found(
    editor_client: Client, make_article: Callable[..., Article]
):
    first, second = make_article(1), make_article(2)

    address = reverse(VERSION, args=[first.pk, second.history.get().history_id])

    assert editor_client.post(address).status_code == 404


def test_markup_in_versions_is_inert(editor_client: Client, make_article: Callable[..., Article]):
    article = make_article(title="<script>one</script>", body="<img src=x onerror=two>")
    article.title, article.body = "Calm", "Calm"
    article.save()

    for address in (reverse(VERSIONS, args=[article.pk]), version_address(article)):
        page = editor_client.get(address).content.decode()
        assert "<script>one" not in page
        assert "<img src=x" not in page


def test_comparison_names_the_words_that_differ():
    assert compare("Rest one day.", "Rest two days.") == [
        Piece("same", "Rest "),
        Piece("removed", "one"),
        Piece("added", "two"),
        Piece("same", " "),
        Piece("removed", "day."),
        Piece("added", "days."),
    ]


def join(pieces: list[Piece], *, without: str) -> str:
    return "".join(piece.text for piece in pieces if piece.kind != without)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a b " * 50_000, "b b a " * 34_000),
        ("a\nb\n" * 50_000, "b\nb\na\n" * 34_000),
        ("word " * 40_000, "\n\n" * 100_000),
        (
            "\n".join(f"## {number}\n{'a b ' * 49}" for number in range(980)),
            "\n".join(f"## {number}\n{' b b a' * 32}" for number in range(980)),
        ),
    ],
    ids=["words", "lines", "nothing in common", "many stretches"],
)
def test_comparing_200_000_letters_takes_under_two_seconds(before: str, after: str):
    started = time.process_time()

    pieces = compare(before, after)

    assert time.process_time() - started < 2
    assert join(pieces, without="added") == before
    assert join(pieces, without="removed") == after


def test_one_word_in_a_long_text_is_found():
    lines = [f"Line {number} of the text." for number in range(2000)]
    before = "\n".join(lines)

    pieces = compare(before, before.replace("Line 1000 of", "Row 1000 of"))

    assert [piece for piece in pieces if piece.kind != "same"] == [
        Piece("removed", "Line"),
        Piece("added", "Row"),
    ]


@pytest.mark.parametrize(("before", "after"), [("", ""), ("", "a"), ("a", ""), ("a a", "a"), ("a", "a a")])
def test_comparison_of_little_is_whole(before: str, after: str):
    pieces = compare(before, after)

    assert join(pieces, without="added") == before
    assert join(pieces, without="removed") == after
