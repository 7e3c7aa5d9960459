from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking import availability
from booking.models import Appointment, Location, Practitioner, VisitType
from booking.tests import practice
from booking.views import api

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def address(practitioner: Practitioner) -> str:
    return reverse("api-availability", args=["new-patient"])


def test_availability_lists_what_can_be_booked(client: Client, address: str, visit_type: VisitType) -> None:
    response = client.get(address, {"from": "2026-11-24", "days": "2"})

    expected = availability.find_slots(
        visit_type=visit_type, first_day=practice.TUESDAY, last_day=practice.TUESDAY.replace(day=25)
    )
    assert len(response.json()["slots"]) == len(expected) == 46
    assert response.json()["slots"][0] == {
        "start": "2026-11-24T09:00:00-05:00",
        "end": "2026-11-24T09:40:00-05:00",
        "practitioner": "lena-fischer",
        "location": "midtown",
    }


def test_availability_says_nothing_about_patients(client: Client, visit: Appointment, address: str) -> None:
    response = client.get(address)

    assert "Ellis" not in response.content.decode()
    assert visit.reference not in response.content.decode()


def test_availability_answers_not_modified_until_something_is_booked(
    client: Client, address: str, request: pytest.FixtureRequest
) -> None:
    first = client.get(address)

    unchanged = client.get(address, headers={"If-None-Match": first["ETag"]})
    request.getfixturevalue("visit")
    changed = client.get(address, headers={"If-None-Match": first["ETag"]})

    assert first["Cache-Control"] == "public, no-cache"
    assert unchanged.status_code == 304
    assert changed.status_code == 200


@pytest.mark.parametrize(
    "question",
    [
        {"from": "tomorrow"},
        {"from": "9999-12-31"},
        {"from": "0001-01-01"},
        {"days": "0"},
        {"days": "93"},
        {"days": "many"},
        {"practitioner": "nobody"},
        {"practitioner": "a\x00b"},
        {"location": "nowhere"},
    ],
)
def test_availability_of_nonsense_says_what_is_wrong(
    client: Client, address: str, question: dict[str, str]
) -> None:
    response = client.get(address, question)

    assert response.status_code == 400
    assert response.json()["error"]


def test_availability_of_a_type_that_is_not_public_is_not_found(
    client: Client, address: str, visit_type: VisitType
) -> None:
    visit_type.is_public = False
    visit_type.save()

    response = client.get(address)

    assert response.status_code == 404


def test_availability_query_count_is_fixed(
    client: Client,
    address: str,
    visit_type: VisitType,
    location: Location,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    with django_assert_num_queries(13):
        client.get(address)
    for _ in range(2):
        practice.make_practitioner(visit_types=[visit_type], location=location)

    with django_assert_num_queries(13):
        response = client.get(address)
    with django_assert_num_queries(2):
        client.get(address)

    assert len({slot["practitioner"] for slot in response.json()["slots"]}) == 3


@pytest.mark.django_db(transaction=True)
def test_one_question_in_many_spellings_is_remembered_once(
    client: Client, visit_type: VisitType, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    write = api.write_answer

    def count(*args: Any, **kwargs: Any) -> str:
        made.append("one")
        return write(*args, **kwargs)

    monkeypatch.setattr(api, "write_answer", count)

    for spelling in ("7", "07", "+7", " 7 ", "0_7", ""):
        client.get(f"/api/availability/{visit_type.slug}/", {"days": spelling})

    assert len(made) == 1
