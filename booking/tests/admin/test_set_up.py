"""The front page of the admin in a practice that patients cannot book yet."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from booking.models import AvailabilityRule, Location, Practitioner, VisitType
from booking.tests import practice
from staff.roles import sync_roles

pytestmark = pytest.mark.django_db

HEADING = "Before patients can book"


def read_steps(client: Client) -> list[tuple[str, str]]:
    """Each step, and where its link leads; "" without one."""
    html = client.get("/admin/").content.decode()
    if HEADING not in html:
        return []
    part = html[html.index(HEADING) : html.index("</ol>")]
    items = re.findall(r"<li>(?:<a href=\"([^\"]*)\">)?(.*?)</li>", part)
    return [(re.sub(r"<[^>]+>", "", words), address) for address, words in items]


def test_empty_practice_is_led_from_its_location_to_its_hours(admin_client: Client) -> None:
    assert read_steps(admin_client) == [
        ("Add a location, with its address", "/admin/booking/location/add/"),
        ("Add a visit type: a first visit, for example", "/admin/booking/visittype/add/"),
        (
            "Add a clinician, and tick the visit types that they offer",
            "/admin/booking/practitioner/add/",
        ),
        ("Enter the weekly hours of the clinician", ""),
    ]


def test_what_is_done_says_so_and_the_hours_are_those_of_the_clinician(
    admin_client: Client, practitioner: Practitioner
) -> None:
    AvailabilityRule.objects.all().delete()

    steps = read_steps(admin_client)

    assert [words.endswith("– done") for words, _ in steps] == [True, True, True, False]
    assert steps[3][1] == f"/admin/booking/practitioner/{practitioner.pk}/hours/"


def test_steps_go_once_patients_can_book(admin_client: Client, practitioner: Practitioner) -> None:
    assert read_steps(admin_client) == []


@pytest.mark.parametrize("lacking", [Location, VisitType, Practitioner])
def test_what_is_closed_does_not_count(
    admin_client: Client, practitioner: Practitioner, lacking: type[Location | VisitType | Practitioner]
) -> None:
    lacking.objects.update(**{"is_public" if lacking is VisitType else "is_active": False})

    assert read_steps(admin_client)


def test_who_cannot_set_up_sees_no_steps(client: Client, django_user_model: Any) -> None:
    sync_roles()
    user = django_user_model.objects.create_user("jo", is_staff=True)
    user.groups.add(Group.objects.get(name="Front desk"))
    client.force_login(user)

    assert read_steps(client) == []


def test_clinician_without_visit_types_is_not_enough(admin_client: Client, location: Location) -> None:
    practice.make_visit_type()
    practice.make_practitioner(visit_types=[], location=location)

    steps = read_steps(admin_client)

    assert [words.endswith("– done") for words, _ in steps] == [True, True, False, False]
