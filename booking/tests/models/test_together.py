"""Chains as staff set them up."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import override

from booking.models import Chain, VisitGroup
from booking.tests import practice

pytestmark = pytest.mark.django_db


def make_chain(**fields: Any) -> Chain:
    test = practice.make_visit_type(duration=60, buffer_after=20)
    visit = practice.make_visit_type(duration=20, buffer_before=10)
    return Chain(**{"name": "Test, then visit", "first": test, "second": visit, **fields})


def find_complaints(chain: Chain) -> list[str]:
    try:
        chain.full_clean()
    except ValidationError as error:
        return error.messages
    return []


def test_gap_needs_room_for_the_buffers() -> None:
    assert find_complaints(make_chain(most_gap=30)) == []
    assert find_complaints(make_chain(most_gap=29)) == [
        "The time kept free between these visits is 30 minutes already."
    ]


def test_link_never_has_less_than_the_buffers() -> None:
    assert make_chain(least_gap=0).link.shortest_gap == 30
    assert make_chain(least_gap=45).link.shortest_gap == 45


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"least_gap": 61, "most_gap": 60}, "The most time between is not less than the least."),
        ({"most_gap": 721}, "Ensure this value is less than or equal to 720."),
    ],
)
def test_gap_that_is_none_is_refused(fields: dict[str, Any], told: str) -> None:
    assert told in find_complaints(make_chain(**fields))


def test_one_kind_twice_is_refused_by_the_form_and_by_the_database() -> None:
    chain = make_chain()
    chain.second = chain.first

    assert "Choose two different kinds of visit." in find_complaints(chain)
    with pytest.raises(IntegrityError), transaction.atomic():
        chain.save()


def test_patients_read_it_in_their_language() -> None:
    chain = make_chain(summary="Two visits", summary_es="Dos citas")

    with override("es"):
        assert (chain.told.summary, chain.told.name) == ("Dos citas", "Test, then visit")


@pytest.mark.parametrize("fields", [{}, {"every_weeks": 0}, {"every_weeks": 27}])
def test_group_is_a_series_or_a_chain(fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        VisitGroup.objects.create(**fields)
