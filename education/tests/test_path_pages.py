"""The pages of /learn/which/: what they ask, where they end, and that they keep nothing."""

import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.models import VisitType
from clinic.urgency import RED_FLAGS
from education.models import Article, PathChoice, PathQuestion
from education.tests.path import (
    LONGEST,
    TAKE_ALONG,
    TO_ARTICLE,
    TO_EMERGENCY,
    TO_PHONE,
    TO_VISIT,
    WHICH,
    answer,
    read,
    read_main,
    read_title,
    ship,
)

pytestmark = pytest.mark.django_db
ENDS = [TO_EMERGENCY, TO_PHONE, TO_VISIT, TO_ARTICLE]


@pytest.fixture(autouse=True)
def shipped(db: None) -> None:
    ship()


def list_choices(response: Any) -> list[str]:
    return re.findall(r'<button type="submit" name="answer" value="([^"]+)"', response.text)


def test_red_flags_come_first_with_911(client: Client):
    page = client.get(WHICH)

    assert "Is any of this happening right now?" in read(page)
    assert all(str(flag) in read(page) for flag in RED_FLAGS)
    assert 'href="tel:911"' in read_main(page)
    assert list_choices(page)[-1] == "none"


@pytest.mark.parametrize("flag", [f"flag-{number}" for number in range(1, len(RED_FLAGS) + 1)])
def test_each_red_flag_ends_at_911(client: Client, flag: str):
    page = answer(client, [flag])

    assert "Call 911 now" in read(page)
    assert 'class="btn btn-primary" href="tel:911"' in page.text
    assert "/book/" not in read_main(page)


def test_progress_is_told_in_words(client: Client):
    assert "Question 1 of at most 4" in read(client.get(WHICH))
    assert "Question 4 of at most 4" in read(answer(client, LONGEST[:3]))


def test_each_question_sends_the_answers_so_far(client: Client):
    page = answer(client, ["none", "cramp"])

    assert page.text.count('<input type="hidden" name="answer" value="cramp">') == 2  # Back has them too
    assert list_choices(page) == ["heat-ill", "heat", "rest", "stays", "often", "other"]


def test_visit_end_names_the_visit_the_article_and_the_phone(client: Client):
    page = answer(client, TO_VISIT)

    told = read(page)
    assert "We would like to see you" in told
    assert "This is not a diagnosis" in told
    assert "Visit new-patient" in told
    assert "When to see a neurologist" in told
    assert "(212) 555-0142" in told
    assert 'href="/book/new-patient/?via=path"' in page.text
    assert f'action="{TAKE_ALONG}"' in page.text


def test_article_end_has_the_article_before_the_visit(client: Client):
    told = read(answer(client, TO_ARTICLE))

    assert "You can start with this article" in told
    assert told.index("Cramps from heat and exercise") < told.index("Visit new-patient")


def test_phone_end_offers_nothing_but_the_phone(client: Client):
    page = answer(client, TO_PHONE)

    assert "Please call us today" in read(page)
    assert 'class="btn btn-primary" href="tel:+12125550142"' in page.text
    assert "/book/" not in read_main(page)


def test_back_takes_the_last_answer_away(client: Client):
    page = answer(client, TO_VISIT, back="1")

    assert "When does the cramp come?" in read(page)


def test_back_from_the_first_page_asks_it_again(client: Client):
    page = answer(client, [], back="1")

    assert "Is any of this happening right now?" in read(page)


@pytest.mark.parametrize(
    "answers",
    [
        ["nonsense"],
        ["none", "nonsense"],
        [*TO_VISIT, "one-too-many"],
        [*TO_EMERGENCY, "none"],
        ["none"] * 500,
        ["<script>"],
        [""],
        ["none", "heat"],
        ["\N{SNOWMAN}" * 10_000],
    ],
)
@pytest.mark.parametrize("address", [WHICH, TAKE_ALONG])
def test_answer_that_nobody_offered_starts_again(client: Client, address: str, answers: list[str]):
    page = client.post(address, {"answer": answers})

    assert page.status_code == 422
    assert "Please start again here" in read(page)
    assert "Is any of this happening right now?" in read(page)
    assert "snowman" not in page.text.lower()
    assert not Session.objects.exists()


@pytest.mark.parametrize("answers", [[], ["none"], TO_EMERGENCY, TO_PHONE])
def test_only_a_visit_takes_answers_along(client: Client, answers: list[str]):
    page = client.post(TAKE_ALONG, {"answer": answers})

    assert page.status_code == 422
    assert not Session.objects.exists()


def test_address_that_only_takes_leads_back_when_it_is_opened(client: Client):
    assert client.get(TAKE_ALONG)["Location"] == WHICH


@pytest.mark.parametrize("answers", [[], ["none"], *ENDS])
def test_pages_are_kept_by_nobody(client: Client, answers: list[str]):
    page = answer(client, answers)

    assert "no-store" in page["Cache-Control"]
    assert page["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in page.text


@pytest.mark.parametrize("answers", ENDS)
def test_walking_through_writes_nothing(client: Client, answers: list[str]):
    with CaptureQueriesContext(connection) as queries:
        for number in range(len(answers) + 1):
            answer(client, answers[:number])

    written = [query["sql"] for query in queries if not query["sql"].startswith("SELECT")]
    assert written == []
    assert "sessionid" not in client.cookies


def test_questions_are_no_part_of_the_title(client: Client):
    titles = {read_title(answer(client, TO_VISIT[:number])) for number in range(3)}

    assert not [title for title in titles if "cramp" in title.lower()]


def test_page_asks_the_database_as_often_for_many_answers_as_for_one(client: Client):
    counts = []

    for more in (1, 3):
        for number in range(more):
            PathChoice.objects.create(
                question=PathQuestion.objects.get(slug="like"),
                slug=f"more-{more}-{number}",
                wording="More",
                leads_to="visit",
                visit_type=VisitType.objects.get(slug="new-patient"),
            )
        with CaptureQueriesContext(connection) as queries:
            answer(client, ["none"])
        counts.append(len(queries))

    assert counts[0] == counts[1]


# --- In Spanish --------------------------------------------------------------------


def test_spanish_pages_ask_in_spanish(client: Client):
    page = answer(client, ["none"], language="es")

    assert "¿Cuál de estas se parece más a lo suyo?" in read(page)
    assert "A tight, painful cramp" not in page.text
    assert 'action="/es/learn/which/"' in page.text


def test_spanish_end_names_only_articles_in_spanish(client: Client):
    Article.objects.filter(language="es").delete()
    PathQuestion.objects.filter(slug="like").update(wording_es="")

    page = answer(client, TO_ARTICLE, language="es")

    assert page.status_code == 200
    assert "Cramps from heat and exercise" not in page.text
    assert "/es/book/new-patient/?via=path" in page.text


# --- Unsafe by now --------------------------------------------------------------


def test_article_that_was_withdrawn_gives_way_to_the_visit(client: Client):
    Article.objects.update(status="withdrawn")

    told = read(answer(client, TO_ARTICLE))

    assert "We would like to see you" in told
    assert "Cramps from heat and exercise" not in told


def test_visit_that_is_not_online_any_more_gives_way_to_the_phone(client: Client):
    VisitType.objects.update(is_public=False)

    page = answer(client, TO_VISIT)

    assert "Please call us today" in read(page)
    assert "send my answers" not in page.text


def test_without_questions_the_phone_comes_after_the_red_flags(client: Client):
    PathChoice.objects.all().delete()
    PathQuestion.objects.all().delete()

    assert "Please call us today" in read(answer(client, ["none"]))


def test_loop_ends_at_the_phone(client: Client):
    like = PathQuestion.objects.get(slug="like")
    PathChoice.objects.filter(question__slug="cramp", slug="often").update(
        leads_to="question", next_question=like, visit_type=None
    )

    assert "Please call us today" in read(answer(client, TO_VISIT))


# --- The way here -----------------------------------------------------------------


@pytest.mark.parametrize("address", ["/learn/", "/learn/muscle-spasms/"])
def test_articles_lead_here(client: Client, address: str):
    assert f'href="{WHICH}"' in client.get(address).text


def test_no_article_may_take_its_address(client: Client):
    article = Article(slug="which", title="T", summary="S", body="Text.")

    with pytest.raises(Exception, match="Another page has this address"):
        article.full_clean()
