"""“I am not sure”: a few plain questions that end at a visit or at the phone, whatever was set up."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.demo.practice import make_practice
from booking.models import VisitType
from booking.tests import practice
from booking.tests.views.walk import read, read_title

pytestmark = pytest.mark.django_db

NEW, ESTABLISHED = VisitType.Audience.NEW, VisitType.Audience.ESTABLISHED
QUESTIONS = 3


def make_full_practice() -> None:
    make = practice.make_visit_type
    make(slug="first", name="First visit", audience=NEW, position=0)
    follow_up = make(slug="follow-up", name="Follow-up", audience=ESTABLISHED, position=1)
    make(slug="nerve-test", name="Nerve test", needs_referral=True, position=2)
    make(slug="botox", name="Botox treatment", summary="Your neurologist suggested it", audience=ESTABLISHED)
    VisitType.objects.filter(slug="botox").update(position=3)
    make(
        slug="video",
        name="Video follow-up",
        mode="telehealth",
        audience=ESTABLISHED,
        counterpart=follow_up,
        position=4,
    )
    make(slug="first-look", name="First look", helps_choose=True, position=5)
    make(slug="staff-only", name="For staff only", is_public=False, helps_choose=True)


PRACTICES: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "one": [{}],
    "one for new patients": [{"audience": NEW}],
    "one that a doctor asks for": [{"needs_referral": True}],
    "only for those who are not sure": [{"helps_choose": True}],
    "only by video": [{"mode": "telehealth"}],
    "new and known": [{"audience": NEW}, {"audience": ESTABLISHED}],
    "new, and helping known patients only": [
        {"audience": NEW},
        {"audience": ESTABLISHED, "helps_choose": True},
    ],
    "a test and a visit for known patients": [{"needs_referral": True}, {"audience": ESTABLISHED}],
    "all hidden": [{"is_public": False}],
}


def walk(client: Client, url: str, *, steps: int = 0) -> Iterator[tuple[str, Any, int]]:
    """Follow every answer to its end: give the end's address, its page and how many questions there were."""
    response = client.get(url)
    assert response.status_code == 200
    html = response.content.decode()
    answers = re.search(r'<ul class="answers".*?</ul>', html, re.DOTALL)
    if answers is None:
        yield url, response, steps
        return
    for address in re.findall(r'href="([^"]+)"', answers[0]):
        yield from walk(client, unescape(address), steps=steps + 1)


def check_every_end(client: Client) -> set[str]:
    """Walk all paths; return the slugs of the visits at their ends, "" for the phone."""
    public = set(VisitType.objects.filter(is_public=True).values_list("slug", flat=True))
    found = set()
    for url, response, steps in walk(client, reverse("booking:not-sure")):
        html, words = response.content.decode(), read(response)
        times = [slug for slug in public if f'href="{reverse("booking:time", args=[slug])}"' in html]
        assert "(212) 555-0142" in words, url
        assert "Call 911" in words, url
        assert steps <= QUESTIONS
        assert len(times) == 1 or (not times and read_title(response).startswith("Please call us")), url
        if times:
            assert read_title(response).startswith("This visit fits. Step 1 of 4")
            assert "Why this one" in words
        found.add(times[0] if times else "")
    return found


def test_every_path_of_a_full_practice_ends_at_a_visit(client: Client) -> None:
    make_full_practice()

    ends = check_every_end(client)

    assert ends == {"first", "follow-up", "nerve-test", "botox", "video", "first-look"}


@pytest.mark.parametrize("name", PRACTICES)
def test_every_path_ends_at_a_public_visit_or_at_the_phone(client: Client, name: str) -> None:
    for fields in PRACTICES[name]:
        practice.make_visit_type(**fields)

    ends = check_every_end(client)

    nothing_public = not VisitType.objects.filter(is_public=True).exists()
    assert (ends == {""}) is nothing_public


def test_demo_practice_leads_everywhere(client: Client) -> None:
    make_practice(today=practice.TUESDAY)

    ends = check_every_end(client)

    assert ends == set(VisitType.objects.values_list("slug", flat=True))


@pytest.mark.parametrize(
    ("query", "visit"),
    [
        ({"seen": "no", "need": "spasms"}, "first"),
        ({"seen": "unknown", "need": "spasms"}, "first"),
        ({"seen": "no", "need": "other"}, "first-look"),
        ({"seen": "no", "need": "visit-nerve-test"}, "nerve-test"),
        ({"seen": "yes", "need": "visit-nerve-test"}, "nerve-test"),
        ({"seen": "yes", "need": "visit-botox"}, "botox"),
        ({"seen": "yes", "need": "spasms", "place": "in_person"}, "follow-up"),
        ({"seen": "yes", "need": "spasms", "place": "telehealth"}, "video"),
    ],
)
def test_answers_lead_to_the_visit_that_fits(client: Client, query: dict[str, str], visit: str) -> None:
    make_full_practice()

    page = client.get(reverse("booking:not-sure"), query).content.decode()

    assert reverse("booking:time", args=[visit]) in page


def test_one_visit_is_suggested_without_a_question(client: Client) -> None:
    practice.make_visit_type(name="The visit", slug="the-visit")

    page = read(client.get(reverse("booking:not-sure")))

    assert "This visit fits" in page
    assert "The visit 40 minutes, at the clinic" in page


@pytest.mark.parametrize(
    ("query", "question"),
    [
        ({}, "Have you been seen here in the last 3 years?"),
        ({"seen": "\0"}, "Have you been seen here in the last 3 years?"),
        ({"need": "spasms", "place": "telehealth"}, "Have you been seen here in the last 3 years?"),
        ({"seen": "yes", "need": "<script>"}, "What brings you here?"),
        ({"seen": "no", "need": "visit-botox"}, "What brings you here?"),
        ({"seen": "no", "need": "visit-staff-only"}, "What brings you here?"),
        ({"seen": "yes", "need": "spasms", "place": "x" * 5000}, "Where would you like to meet?"),
    ],
)
def test_answer_that_makes_no_sense_is_asked_again(
    client: Client, query: dict[str, str], question: str
) -> None:
    make_full_practice()

    response = client.get(reverse("booking:not-sure"), query)

    assert response.status_code == 200
    assert read_title(response).startswith(f"{question} Step 1 of 4")


def test_back_goes_to_the_question_before(client: Client) -> None:
    make_full_practice()

    page = client.get(reverse("booking:not-sure"), {"seen": "yes", "need": "spasms"}).content.decode()

    assert f'class="back" href="{reverse("booking:not-sure")}?seen=yes"' in page


def test_first_question_names_the_red_flags(client: Client) -> None:
    make_full_practice()

    page = read(client.get(reverse("booking:not-sure")))

    assert page.index("bladder or bowel") < page.index("I do not know")


def test_short_address_leads_here_unless_a_visit_has_it(client: Client) -> None:
    without = client.get("/book/not-sure/")
    practice.make_visit_type(slug="not-sure", name="Our own")
    with_one = client.get("/book/not-sure/")

    assert (without.status_code, without["Location"]) == (302, reverse("booking:not-sure"))
    assert "Our own" in read(with_one)
