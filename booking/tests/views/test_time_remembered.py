"""The page of times is drawn once for everybody who knows nothing, and each gets tokens of their own."""

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from booking.models import Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.practice import TUESDAY, at
from booking.tests.views import walk
from booking.tests.views.walk import make_key, read_slots
from booking.views.remembered import TOKEN

# Inside a test's own transaction nothing is remembered.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock", "practitioner")]

URL = f"/book/new-patient/?day={TUESDAY}"


def read_tokens(page: HttpResponse) -> set[str]:
    return set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]*)"', page.content.decode()))


def test_second_browser_costs_one_query(client: Client, django_assert_num_queries: Any) -> None:
    first = client.get(URL)

    with django_assert_num_queries(1):
        second = Client().get(URL)

    assert read_slots(second) == read_slots(first) != []


@pytest.mark.parametrize("is_first", [True, False])
def test_form_of_a_remembered_page_is_accepted(
    is_first: bool, visit_type: VisitType, practitioner: Practitioner, location: Location
) -> None:
    if not is_first:
        Client().get(URL)
    browser = Client(enforce_csrf_checks=True)
    (token,) = read_tokens(browser.get(URL))
    wanted = {"slot": make_key(at("10:00"), practitioner, location), "csrfmiddlewaretoken": token}

    answer = browser.post(reverse("booking:hold", args=[visit_type.slug]), wanted)

    assert (answer.status_code, answer["Location"]) == (302, reverse("booking:details"))


def test_each_browser_has_tokens_of_its_own(client: Client) -> None:
    first, second = read_tokens(client.get(URL)), read_tokens(Client().get(URL))

    assert (len(first), len(second), first & second) == (1, 1, set())
    assert str(TOKEN) not in {*first, *second}


def test_page_is_not_modified_until_something_is_booked(
    client: Client, visit_type: VisitType, practitioner: Practitioner, location: Location
) -> None:
    seen = {"If-None-Match": client.get(URL)["ETag"]}

    unchanged = client.get(URL, headers=seen)
    somebody_else = Client().get(URL, headers=seen)
    walk.hold(Client(), visit_type=visit_type, practitioner=practitioner, location=location)
    changed = client.get(URL, headers=seen)

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    # The token in the kept page would not fit the cookie of another browser.
    assert somebody_else.status_code == 200
    assert changed.status_code == 200
    assert changed["Cache-Control"] == "private, no-cache"
    assert "Cookie" in changed["Vary"]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_browser_that_has_the_page_gets_no_token_for_nothing(
    client: Client, visit_type: VisitType, practitioner: Practitioner, encoding: str
) -> None:
    accepts = {"Accept-Encoding": encoding}
    first = client.get(URL, headers=accepts)

    again = client.get(URL, headers=accepts | {"If-None-Match": first["ETag"]})

    assert first["ETag"].startswith("W/") is (encoding == "gzip")
    assert again.status_code == 304
    assert not again.cookies
    assert again["Cache-Control"] == "private, no-cache"
    assert "Cookie" in again["Vary"]


def test_own_held_time_is_on_offer_to_its_holder_alone(
    client: Client, visit_type: VisitType, practitioner: Practitioner, location: Location
) -> None:
    client.get(URL)
    walk.hold(client, visit_type=visit_type, practitioner=practitioner, location=location)
    held = make_key(at("10:00"), practitioner, location)

    own = client.get(URL)
    others = [Client().get(URL), Client().get(URL)]

    assert held in read_slots(own)
    assert all(held not in read_slots(page) for page in others)


@pytest.mark.parametrize(
    ("address", "cookies"), [("/es" + URL, {}), (URL, {"dim": "1"}), (URL + "&view=clinician", {})]
)
def test_other_language_colors_or_choice_is_another_page(
    client: Client, address: str, cookies: dict[str, str]
) -> None:
    first = client.get(URL)
    client.cookies.load(cookies)

    other = client.get(address)
    again = client.get(URL) if not cookies else Client().get(URL)

    assert read_tokens(other)
    words = [
        re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page.content.decode())
        for page in (first, other, again)
    ]
    assert words[0] == words[2] != words[1]


def test_address_cannot_ask_for_a_token_where_none_belongs(client: Client) -> None:
    page = client.get(URL, {"article": str(TOKEN), "view": str(TOKEN), "x": str(TOKEN)})

    (token,) = read_tokens(page)
    forms = page.content.decode().count('name="csrfmiddlewaretoken"')
    assert page.content.decode().count(token) == forms > 0


@pytest.mark.parametrize("charset", ["utf-16", "cp037"])
def test_charset_of_one_request_is_not_in_the_page_of_others(
    charset: str, location: Location, visit_type: VisitType
) -> None:
    other = practice.make_practitioner(visit_types=[visit_type], location=location)
    address = f"{URL}&practitioner={other.slug}"

    Client().get(address, CONTENT_TYPE=f"text/plain; charset={charset}")
    keys = read_slots(Client().get(address))

    assert {key.split("/")[1] for key in keys} == {other.slug}


@pytest.mark.parametrize(
    "more", ["&x={}", "&utm_source={}", "&article={}", "&day=2026-11-{}", "&from=2026-11-24"]
)
def test_addresses_that_are_not_ours_push_out_none_of_ours(
    more: str, settings: Any, django_assert_num_queries: Any
) -> None:
    # Room for one page: the next that is kept takes its place.
    pages = {**settings.CACHES["pages"], "LOCATION": more, "OPTIONS": {"MAX_ENTRIES": 1, "CULL_FREQUENCY": 0}}
    settings.CACHES = {**settings.CACHES, "pages": pages}
    ours = read_slots(Client().get(URL))

    others = [read_slots(Client().get(URL + more.format(number))) for number in (25, 26, 27)]

    assert all(others)
    with django_assert_num_queries(1):
        again = Client().get(URL)
    assert read_slots(again) == ours
