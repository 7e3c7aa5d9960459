"""Reviews in the admin: what is due, what was left blank, what changed since."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from education.models import Article

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
TODAY = date(2026, 11, 23)
REVIEW = {"reviewer_name": "Dr. Pat Example", "reviewed_on": date(2026, 11, 2)}
LIST = "admin:education_article_changelist"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def make_reviewed(make_article: Callable[..., Article]) -> Callable[..., Article]:
    def make(number: int = 1, *, due: date = TODAY + timedelta(days=400), **fields: object) -> Article:
        dates = {"reviewed_on": min(date(2026, 11, 2), due - timedelta(days=30)), "review_due": due}
        return make_article(number, **(REVIEW | dates | fields))

    return make


def send(client: Client, article: Article, **changes: object) -> None:
    form = {name: getattr(article, name) or "" for name in ("title", "summary", "body", "position", "status")}
    review = {name: getattr(article, name) or "" for name in ("reviewer_name", "reviewed_on", "review_due")}
    address = reverse("admin:education_article_change", args=[article.pk])
    response = client.post(address, form | review | changes)
    assert response.status_code == 302, response.context["adminform"].form.errors


def read_form(client: Client, article: Article) -> str:
    return client.get(reverse("admin:education_article_change", args=[article.pk])).content.decode()


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-20, "Overdue since Nov 3, 2026"),
        (-1, "Overdue since Nov 22, 2026"),
        (0, "Due today"),
        (1, "Due in 1\xa0day"),
        (12, "Due in 1\xa0week, 5\xa0days"),
        (1000, "Due in 2\xa0years, 8\xa0months"),
    ],
)
def test_list_says_in_words_what_is_due(
    editor_client: Client, make_reviewed: Callable[..., Article], days: int, words: str
):
    make_reviewed(due=TODAY + timedelta(days=days))

    assert words in editor_client.get(reverse(LIST)).content.decode()


def test_list_names_what_was_never_reviewed(editor_client: Client, make_article: Callable[..., Article]):
    make_article()

    assert '<td class="field-review">Not reviewed</td>' in editor_client.get(reverse(LIST)).content.decode()


def test_front_page_leads_to_what_is_overdue(editor_client: Client, make_reviewed: Callable[..., Article]):
    make_reviewed(1, due=TODAY - timedelta(days=1))
    make_reviewed(2, due=TODAY - timedelta(days=1), status="withdrawn")
    make_reviewed(3, due=TODAY)

    page = editor_client.get(reverse("admin:index")).content.decode()
    assert f'<a href="{reverse(LIST)}?review=overdue">1 article is overdue for review</a>' in page
    shown = editor_client.get(f"{reverse(LIST)}?review=overdue").context["cl"].result_list

    assert [article.title for article in shown] == ["Article 1"]


def test_front_page_says_nothing_where_nothing_is_overdue(
    editor_client: Client, make_reviewed: Callable[..., Article]
):
    make_reviewed()

    assert "overdue" not in editor_client.get(reverse("admin:index")).content.decode()


def test_front_page_tells_only_those_who_may_edit(client: Client, make_reviewed: Callable[..., Article]):
    make_reviewed(due=TODAY - timedelta(days=1))
    reader = User.objects.create(username="reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_article"))
    client.force_login(reader)

    assert "overdue" not in client.get(reverse("admin:index")).content.decode()


def test_next_review_left_blank_is_three_years_on(
    editor_client: Client, make_article: Callable[..., Article]
):
    article = make_article()

    send(editor_client, article, **REVIEW)

    article.refresh_from_db()
    assert article.review_due == date(2029, 11, 2)


def test_review_without_a_name_is_still_refused(editor_client: Client, make_article: Callable[..., Article]):
    article = make_article()

    with pytest.raises(AssertionError, match="A review needs all three"):
        send(editor_client, article, reviewed_on="2026-11-02")


def test_day_that_is_no_day_is_not_replaced(editor_client: Client, make_article: Callable[..., Article]):
    article = make_article()

    with pytest.raises(AssertionError, match="Enter a valid date"):
        send(editor_client, article, **REVIEW, review_due="soon")


def test_form_tells_of_a_text_that_changed_after_its_review(
    editor_client: Client, make_reviewed: Callable[..., Article], clock: time_machine.Traveller
):
    article = make_reviewed()
    assert "Not changed since the review." in read_form(editor_client, article)

    # By the day after, sessions of staff have ended.
    clock.shift(timedelta(days=2))
    editor_client.force_login(User.objects.get())
    send(editor_client, article, body="Another text.")
    clock.shift(timedelta(days=2))
    editor_client.force_login(User.objects.get())
    article.refresh_from_db()
    send(editor_client, article, position=9)

    assert "Changed on Nov. 25, 2026. Ask the reviewer to look again." in read_form(editor_client, article)


def test_text_put_back_as_it_was_reviewed_is_not_changed(
    editor_client: Client, make_reviewed: Callable[..., Article]
):
    article = make_reviewed()
    body = article.body
    for text in ("Another text.", body):
        article.body = text
        article.save()

    assert "Not changed since the review." in read_form(editor_client, article)


def test_new_review_starts_anew(editor_client: Client, make_reviewed: Callable[..., Article]):
    article = make_reviewed()
    article.body = "Another text."
    article.save()

    send(editor_client, article, reviewed_on="2026-11-20")

    assert "Not changed since the review." in read_form(editor_client, article)
