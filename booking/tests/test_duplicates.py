"""Which rows staff are shown as the same person, and why."""

from datetime import date
from typing import Any

import pytest

from booking.duplicates import Reason, find_likely_duplicates
from booking.models import Patient
from booking.tests import practice

pytestmark = pytest.mark.django_db
OTHERWISE: dict[str, Any] = {"phone": "", "email": ""}


def find_reasons(patient: Patient) -> list[tuple[str, ...]]:
    return [duplicate.reasons for duplicate in find_likely_duplicates(patient)]


@pytest.mark.parametrize(
    ("given_name", "family_name"),
    [
        ("Jordan", "Ellis"),
        ("JORDAN", "ellis"),
        ("Jordán", "Éllis"),
        ("Ellis", "Jordan"),
        ("Jordon", "Ellis"),
        ("Jordan", "Elils"),
        ("Jordan", "Ellis-Hart"),
        ("Jordan Lee", "Ellis"),
        (" Jordan ", "Ellis."),
    ],
)
def test_same_birth_date_and_nearly_the_same_name(given_name: str, family_name: str) -> None:
    patient = practice.make_patient(given_name="Jordan", family_name="Ellis", **OTHERWISE)
    practice.make_patient(given_name=given_name, family_name=family_name, **OTHERWISE)

    assert find_reasons(patient) == [(Reason.NAME, Reason.BIRTH_DATE)]


@pytest.mark.parametrize(
    ("given_name", "family_name", "other_given", "other_family"),
    [("Łukasz", "Nowak", "Lukasz", "Nowak"), ("Søren", "Groß", "Soren", "Gross"), ("José", "Ñ", "Jose", "N")],
)
def test_letters_with_and_without_their_marks(
    given_name: str, family_name: str, other_given: str, other_family: str
) -> None:
    patient = practice.make_patient(given_name=given_name, family_name=family_name, **OTHERWISE)
    practice.make_patient(given_name=other_given, family_name=other_family, **OTHERWISE)

    assert find_reasons(patient) == [(Reason.NAME, Reason.BIRTH_DATE)]


@pytest.mark.parametrize(
    "changes",
    [
        {"given_name": "Robin"},
        {"family_name": "Hart"},
        {"birth_date": date(1975, 9, 29)},
        {"given_name": "Robin", "birth_date": date(2001, 1, 1), "phone": "+12125550177"},
        # A family shares its phone and its email.
        {
            "given_name": "Robin",
            "birth_date": date(2001, 1, 1),
            "phone": "+12125550177",
            "email": "jordan.ellis@example.org",
        },
    ],
)
def test_one_thing_in_common_is_not_enough(patient: Patient, changes: dict[str, Any]) -> None:
    practice.make_patient(**{"given_name": "Jordan", "family_name": "Ellis", **OTHERWISE, **changes})

    assert find_likely_duplicates(patient) == []


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"given_name": "Kim", "phone": "+12125550177"}, (Reason.BIRTH_DATE, Reason.PHONE)),
        ({"given_name": "Kim", "email": "Jordan.Ellis@example.org"}, (Reason.BIRTH_DATE, Reason.EMAIL)),
        ({"birth_date": date(1957, 9, 28), "phone": "+12125550177"}, (Reason.NAME, Reason.PHONE)),
    ],
)
def test_same_contact_with_the_birth_date_or_the_name(
    patient: Patient, changes: dict[str, Any], reasons: tuple[Reason, ...]
) -> None:
    practice.make_patient(**{"given_name": "Jordan", "family_name": "Ellis", **OTHERWISE, **changes})

    assert find_reasons(patient) == [reasons]


def test_likeliest_come_first_without_the_row_itself_and_without_merged_ones(patient: Patient) -> None:
    near = practice.make_patient(given_name="Jordan", family_name="Ellis", **OTHERWISE)
    nearer = practice.make_patient(given_name="Jordan", family_name="Ellis", email=patient.email)
    practice.make_patient(given_name="Jordan", family_name="Ellis", merged_into=near)

    found = [duplicate.patient for duplicate in find_likely_duplicates(patient)]

    assert found == [nearer, near]


def test_asks_once_however_many_there_are(patient: Patient, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        practice.make_patient(given_name="Jordan", family_name="Ellis")

    with django_assert_num_queries(1):
        found = find_likely_duplicates(patient)

    assert len(found) == 3
