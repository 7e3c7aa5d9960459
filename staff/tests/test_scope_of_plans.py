"""A clinician's plan for days away tells nothing more of a visit that went to somebody else."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from booking import actions
from booking.actions import Actor
from booking.models import AvailabilityException
from booking.tests import practice
from staff.tests.scene import PEOPLE, Scene


@pytest.fixture
def moved_on(scene: Scene) -> Scene:
    """The front desk has moved the visit of the plan to another clinician."""
    visit, other = scene.rows["booking.appointment"]["own"], scene.rows["booking.practitioner"]["foreign"]
    AvailabilityException.objects.filter(practitioner=other).delete()
    actions.move(
        appointment=visit,
        practitioner=other,
        location=visit.location,
        start=practice.at("13:00", practice.TUESDAY + timedelta(days=2)),
        by=Actor.staff(scene.users["front_desk"]),
    )
    return scene


@pytest.mark.parametrize(("persona", "is_named"), [("practitioner", False), ("front_desk", True)])
def test_plan_names_the_visit_to_whoever_may_see_it(
    client: Client, moved_on: Scene, persona: str, is_named: bool
) -> None:
    client.force_login(moved_on.users[persona])

    page = client.get(reverse("desk:away-plan", args=[moved_on.pk("booking.absence", "own")]))

    told = page.content.decode()
    assert page.status_code == 200
    assert (PEOPLE["own"] in told) is is_named
    assert ("1 visit of this plan is with somebody else by now." in told) is not is_named


def test_page_of_the_visit_in_the_plan_is_gone_too(client: Client, moved_on: Scene) -> None:
    client.force_login(moved_on.users["practitioner"])
    row = moved_on.pk("booking.rearrangement", "own")

    answers = [
        client.get(reverse("desk:away-visit", args=[row])),
        client.post(reverse("desk:away-visit", args=[row]), {"way": "call"}),
        client.post(reverse("desk:away-called", args=[row])),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
