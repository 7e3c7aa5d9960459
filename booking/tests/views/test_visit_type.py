"""Step 1: what kind of visit."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from booking.models import VisitType
from booking.tests import practice
from booking.tests.views.walk import read, read_title

URL = "/book/"


@pytest.fixture
def not_sure(db: None) -> VisitType:
    return practice.make_visit_type(name="I am not sure", slug="not-sure", helps_choose=True, position=0)


def test_each_type_tells_its_length_and_place(client: Client, visit_type: VisitType) -> None:
    practice.make_visit_type(name="Video follow-up", duration=20, mode="telehealth")

    page = read(client.get(URL))

    assert "First visit 40 minutes, at the clinic" in page
    assert "Video follow-up 20 minutes, by video" in page


def test_not_sure_comes_last_and_nothing_is_preselected(
    client: Client, visit_type: VisitType, not_sure: VisitType
) -> None:
    page = client.get(URL).content.decode()

    assert re.findall(r'name="visit_type".*?value="([^"]+)"', page) == ["new-patient", "not-sure"]
    assert "checked" not in page


def test_emergency_line_and_phone_stand_before_the_choice(client: Client, visit_type: VisitType) -> None:
    page = read(client.get(URL))

    choices = page.index("First visit")
    assert page.index("Call 911") < choices
    assert page.index("(212) 555-0142") < choices


def test_step_stands_in_the_title_and_in_words(client: Client, visit_type: VisitType) -> None:
    response = client.get(URL)

    assert read_title(response).startswith("What do you need? Step 1 of 4")
    assert "Step 1 of 4" in read(response)


def test_choice_leads_to_its_times(client: Client, visit_type: VisitType) -> None:
    response = client.get(URL, {"visit_type": "new-patient", "next": "time"})

    assert (response.status_code, response["Location"]) == (
        302,
        reverse("booking:time", args=["new-patient"]),
    )


@pytest.mark.parametrize("query", [{"next": "time"}, {"visit_type": "x" * 10_000}, {"visit_type": "\0"}])
def test_no_readable_choice_gets_a_sentence(
    client: Client, visit_type: VisitType, query: dict[str, str]
) -> None:
    response = client.get(URL, query)

    assert response.status_code == 422
    assert read_title(response).startswith("Error: What do you need?")
    assert "There is a problem Choose a visit. If you are not sure" in read(response)
    assert 'href="#id_visit_type_0"' in response.content.decode()


def test_hidden_type_is_neither_listed_nor_chosen(client: Client, visit_type: VisitType) -> None:
    practice.make_visit_type(name="For staff only", slug="staff-only", is_public=False)

    listed = read(client.get(URL))
    chosen = client.get(URL, {"visit_type": "staff-only"})

    assert "For staff only" not in listed
    assert chosen.status_code == 422


@pytest.mark.django_db
def test_practice_without_types_sends_to_the_phone(client: Client) -> None:
    page = read(client.get(URL))

    assert "Online booking is closed at the moment. Please call us to book." in page
