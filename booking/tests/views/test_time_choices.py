"""Step 2: with whom, where and how to meet; each choice narrows the times, and none is needed."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking import actions
from booking.models import Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.practice import TUESDAY, at
from booking.tests.views.walk import read, read_slots, read_tiles

pytestmark = pytest.mark.usefixtures("clock")

URL = "/book/new-patient/"


# --- With whom ----------------------------------------------------------------------


@pytest.fixture
def colleague(visit_type: VisitType, practitioner: Practitioner, location: Location) -> Practitioner:
    """Works the same hours as `practitioner`, at the same place."""
    return practice.make_practitioner(
        visit_types=[visit_type], location=location, slug="amara-osei", given_name="Amara", family_name="Osei"
    )


def read_starts(keys: list[str]) -> list[str]:
    return [key.split("/")[0] for key in keys]


def read_wanted(response: Any) -> list[str]:
    return re.findall(r'name="wanted" value="(\w+)"', response.content.decode())


@pytest.mark.usefixtures("colleague")
def test_a_start_is_one_button_whoever_is_free(client: Client) -> None:
    response = client.get(URL, {"day": TUESDAY})

    keys = read_slots(response)
    assert len(set(read_starts(keys[:3]))) == 3
    assert len(read_starts(keys[3:])) == len(set(read_starts(keys[3:]))) == 23
    assert {key.split("/")[1] for key in keys[3:]} == {"lena-fischer", "amara-osei"}
    assert "Tuesday, November 24, 23 times" in read_tiles(response)
    assert set(read_wanted(response)) == {"any"}


@pytest.mark.usefixtures("colleague")
def test_a_start_has_the_same_clinician_in_every_listing(client: Client) -> None:
    by_day = read_slots(client.get(URL))
    home = read_slots(client.get("/"))
    at_place = read_slots(client.get(URL, {"location": "midtown"}))

    assert by_day[:3] == by_day[3:6] == home == at_place[:3]


@pytest.mark.usefixtures("colleague")
def test_one_clinician_shows_all_their_starts_as_named(client: Client) -> None:
    response = client.get(URL, {"practitioner": "amara-osei", "day": TUESDAY})

    keys = read_slots(response)
    assert len(keys[3:]) == 23
    assert {key.split("/")[1] for key in keys} == {"amara-osei"}
    assert set(read_wanted(response)) == {"named"}


@pytest.mark.usefixtures("colleague")
def test_by_clinician_each_start_is_named(client: Client) -> None:
    response = client.get(URL, {"view": "clinician"})

    assert read_wanted(response) == ["any", "named"]
    assert len(read_slots(response)) == 3 + 2 * 3


# --- Where, by video, with the same clinician -----------------------------------------


@pytest.fixture
def uptown(visit_type: VisitType, practitioner: Practitioner) -> Location:
    uptown = practice.make_location(name="Uptown", slug="uptown")
    practice.make_practitioner(visit_types=[visit_type], location=uptown, slug="amara-osei")
    return uptown


@pytest.mark.usefixtures("uptown")
def test_place_limits_every_list(client: Client) -> None:
    response = client.get(URL, {"location": "uptown"})

    assert {key.split("/")[2] for key in read_slots(response)} == {"uptown"}
    assert 'aria-current="true">Uptown' in response.content.decode()
    assert "All places Midtown Uptown" in read(response)


@pytest.mark.usefixtures("practitioner")
def test_one_place_is_no_choice(client: Client) -> None:
    assert "All places" not in read(client.get(URL))


@pytest.mark.usefixtures("uptown")
def test_by_video_no_place_is_told_and_a_start_is_one_button(client: Client) -> None:
    VisitType.objects.update(mode="telehealth")

    response = client.get(URL, {"day": TUESDAY, "location": "uptown"})

    assert "Uptown" not in read(response)
    assert len(read_slots(response)[3:]) == 23


@pytest.mark.parametrize("names", ["this one", "the other"])
def test_the_other_way_to_meet_is_one_tap_away(
    client: Client, practitioner: Practitioner, visit_type: VisitType, names: str
) -> None:
    video = practice.make_visit_type(slug="by-video", mode="telehealth")
    one, other = (visit_type, video) if names == "the other" else (video, visit_type)
    one.counterpart = other
    one.save()

    response = client.get(URL, {"same": "lena-fischer"})

    assert "At the clinic By video" in read(response)
    assert 'href="/book/by-video/?same=lena-fischer"' in response.content.decode()


@pytest.mark.usefixtures("practitioner")
def test_counterpart_that_is_not_public_is_not_offered(client: Client, visit_type: VisitType) -> None:
    visit_type.counterpart = practice.make_visit_type(slug="by-video", mode="telehealth", is_public=False)
    visit_type.save()

    assert "By video" not in read(client.get(URL))


def test_same_clinician_comes_first_and_then_everybody(
    client: Client, colleague: Practitioner, visit_type: VisitType, location: Location
) -> None:
    actions.book_visit(
        visit_type=visit_type,
        practitioner=colleague,
        location=location,
        start=at("09:00", date(2026, 11, 23)),
        patient=practice.make_patient(),
        by=actions.Actor.system(),
    )

    response = client.get(URL, {"same": "amara-osei"})

    page, keys = read(response), read_slots(response)
    assert page.index("With Dr. Amara Osei, whom you saw before") < page.index("Soonest with any clinician")
    assert {key.split("/")[1] for key in keys[:3]} == {"amara-osei"}
    assert "lena-fischer" in {key.split("/")[1] for key in keys[3:]}
    assert read_wanted(response) == ["same", "any", "any"]


@pytest.mark.usefixtures("colleague")
def test_move_offers_the_clinician_of_the_visit_first(client: Client, token: str) -> None:
    response = client.get(reverse("visits:move", args=[token]))

    page, keys = read(response), read_slots(response)
    assert page.index("With Dr. Lena Fischer, as now") < page.index("Soonest with any clinician")
    assert {key.split("/")[1] for key in keys[:3]} == {"lena-fischer"}
    assert read_wanted(response) == []


@pytest.mark.usefixtures("practitioner")
def test_same_clinician_without_times_is_told(client: Client, visit_type: VisitType) -> None:
    practice.make_practitioner(
        visit_types=[visit_type], slug="amara-osei", given_name="Amara", family_name="Osei"
    )

    page = read(client.get(URL, {"same": "amara-osei"}))

    assert "Dr. Amara Osei has no open times online right now. Other clinicians do." in page
    assert "Soonest with any clinician" in page


@pytest.mark.parametrize(
    ("audience", "query", "asks"),
    [
        ("established", {}, True),
        ("established", {"same": "amara-osei"}, False),
        ("established", {"practitioner": "amara-osei"}, False),
        ("new", {}, False),
        ("anybody", {}, False),
    ],
)
@pytest.mark.usefixtures("colleague")
def test_known_patients_are_asked_whom_they_saw(
    client: Client, audience: str, query: dict[str, str], asks: bool
) -> None:
    VisitType.objects.update(audience=audience)

    response = client.get(URL, query)

    assert ("Who did you see last time?" in read(response)) is asks
    if asks:
        assert 'href="?same=amara-osei"' in response.content.decode()


@pytest.mark.usefixtures("uptown")
def test_every_choice_is_kept_in_the_addresses(client: Client) -> None:
    query = {"location": "uptown", "same": "amara-osei"}

    page = client.get(URL, query).content.decode()

    days = re.findall(r'class="day" href="([^"#]+)', page)
    assert days
    assert all("location=uptown" in day and "same=amara-osei" in day for day in days)
