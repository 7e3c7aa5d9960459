"""Step 2: days and times that are drawn once are worded for the page on which they stand."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from booking.models import Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.practice import TUESDAY
from booking.tests.views.walk import read_button

pytestmark = pytest.mark.usefixtures("clock")

URL = "/book/new-patient/"


@pytest.mark.usefixtures("practitioner")
def test_the_chosen_day_alone_is_marked(client: Client) -> None:
    pages = [client.get(URL, {"day": day}).content.decode() for day in (TUESDAY, TUESDAY + timedelta(days=1))]

    marked = [
        re.findall(r'aria-current="date">\s*<span class="visually-hidden">(\w+)', page) for page in pages
    ]
    assert marked == [["Tuesday"], ["Wednesday"]]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (f"{URL}?day={TUESDAY}", "9:00 am with Dr. Fischer"),
        (f"/es{URL}?day={TUESDAY}", "9:00 a. m. con Dr. Fischer"),
        (f"{URL}?day={TUESDAY}&location=uptown", "9:00 am with Dr. Osei"),
    ],
)
def test_a_time_is_worded_for_the_page_on_which_it_stands(
    client: Client, location: Location, visit_type: VisitType, address: str, words: str
) -> None:
    practice.make_practitioner(visit_types=[visit_type], location=location, family_name="Fischer")
    uptown = practice.make_location(name="Uptown", slug="uptown")
    practice.make_practitioner(visit_types=[visit_type], location=uptown, family_name="Osei")
    for other in (URL, f"/es{URL}", f"{URL}?location=uptown"):
        client.get(other, {"day": TUESDAY})

    page = client.get(address).content.decode()

    buttons = [read_button(html) for html in re.findall(r'<button class="slot".*?</button>', page, re.DOTALL)]
    # Where both places are listed, each time says at which.
    assert buttons[0].removesuffix(" Midtown") == words


@pytest.mark.usefixtures("practitioner")
def test_a_clinician_or_zone_that_changes_is_worded_anew(
    client: Client, location: Location, practitioner: Practitioner
) -> None:
    before = client.get(URL, {"day": TUESDAY}).content.decode()
    Practitioner.objects.update(family_name="Fischer-Osei")
    Location.objects.update(time_zone="America/Chicago")

    page = client.get(URL, {"day": TUESDAY}).content.decode()

    assert "Dr. Fischer-Osei" in page
    assert f'{TUESDAY}T09:00:00-06:00">9:00' in page
    assert f'{TUESDAY}T10:00:00-05:00">10:00' in before
    assert "-05:00" not in page


@pytest.mark.usefixtures("practitioner")
def test_a_soon_time_is_tomorrow_first_and_today_after_midnight(client: Client, clock: Any) -> None:
    midnight = practice.at("00:00")
    lines = []
    for now in (midnight - timedelta(minutes=1), midnight):
        clock.move_to(now)
        page = client.get(URL).content.decode()
        lines.append(re.findall(r'<span class="soon__line">(.*?)</span>', page)[0])

    assert lines == ["Tomorrow, November\N{NO-BREAK SPACE}24", "Today, November\N{NO-BREAK SPACE}24"]


@pytest.mark.usefixtures("practitioner")
def test_a_soon_time_is_worded_in_the_language_of_its_page(client: Client) -> None:
    pages = [client.get(f"{prefix}{URL}").content.decode() for prefix in ("", "/es")]

    soonest = [re.findall(r'class="soon".*?</button>', page, re.DOTALL)[0] for page in pages]
    assert ["with Dr." in soonest[0], "con el Dr." in soonest[1]] == [True, True]
