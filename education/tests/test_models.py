from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from education.models import Article

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
REVIEW = {
    "reviewer_name": "Dr. Pat Example",
    "reviewed_on": date(2026, 11, 2),
    "review_due": date(2029, 11, 2),
}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def test_review_due_three_years_on_is_accepted(make_article: Callable[..., Article]):
    article = make_article(**REVIEW)

    article.full_clean()
    article.save()

    article.refresh_from_db()
    assert (article.reviewed_on, article.review_due) == (REVIEW["reviewed_on"], REVIEW["review_due"])


@pytest.mark.parametrize(
    ("reviewed_on", "review_due"),
    [(date(2026, 11, 2), date(2029, 11, 3)), (date(2024, 2, 29), date(2027, 3, 2))],
)
def test_review_due_later_than_three_years_is_refused(
    make_article: Callable[..., Article], reviewed_on: date, review_due: date
):
    article = make_article(reviewer_name="Dr. Pat Example", reviewed_on=reviewed_on, review_due=review_due)

    with pytest.raises(ValidationError, match="at most three years"):
        article.full_clean()


def test_review_in_the_future_is_refused(make_article: Callable[..., Article]):
    article = make_article(**(REVIEW | {"reviewed_on": date(2026, 11, 24)}))

    with pytest.raises(ValidationError, match="A review has taken place"):
        article.full_clean()


@pytest.mark.parametrize(
    "change",
    [
        {"reviewer_name": ""},
        {"reviewed_on": None},
        {"review_due": None},
        {"reviewed_on": None, "review_due": None},
        {"review_due": date(2026, 11, 2)},
    ],
    ids=["no name", "no day", "no due day", "name alone", "due on the same day"],
)
def test_incomplete_review_is_refused_by_the_form_and_by_the_database(
    make_article: Callable[..., Article], change: dict[str, object]
):
    article = make_article()
    for name, value in (REVIEW | change).items():
        setattr(article, name, value)

    with pytest.raises(ValidationError, match="A review needs all three"):
        article.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        article.save()


def test_text_with_problems_is_refused(make_article: Callable[..., Article]):
    article = make_article(body="::: call-112\n- now\n:::")

    with pytest.raises(ValidationError, match="is not understood"):
        article.full_clean()


def test_address_of_the_feed_is_refused(make_article: Callable[..., Article]):
    with pytest.raises(ValidationError, match="Another page has this address"):
        make_article(slug="feed").full_clean()


@pytest.mark.parametrize(("words", "minutes"), [(1, 1), (200, 1), (201, 2), (401, 3)])
def test_reading_minutes_are_rounded_up(words: int, minutes: int):
    assert Article(body="word " * words).reading_minutes == minutes


def test_following_goes_on_from_the_start_after_the_last(make_article: Callable[..., Article]):
    first, second, third = (make_article(number) for number in (1, 2, 3))

    assert list(Article.objects.following(second)) == [third, first]
    assert list(Article.objects.following(third)) == [first, second]


def test_articles_at_the_same_position_follow_by_title(make_article: Callable[..., Article]):
    last = make_article(1, title="C", position=5)
    first = make_article(2, title="A", position=5)
    middle = make_article(3, title="B", position=5)

    assert list(Article.objects.all()) == [first, middle, last]
    assert list(Article.objects.following(middle)) == [last, first]
