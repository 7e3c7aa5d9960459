"""Home, the dim switch and the pages that say why something did not work."""

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.tests import practice
from clinic import branding, views
from education.models import Article


@pytest.mark.django_db
def test_home_of_an_empty_practice_offers_the_phone(client: Client) -> None:
    response = client.get("/")

    assert response.status_code == 200
    assert "No open times online right now" in response.text
    assert 'href="tel:+12125550142"' in response.text


@pytest.mark.django_db
def test_home_offers_the_three_soonest_first_visits_and_the_articles(client: Client) -> None:
    location = practice.make_location(name="Midtown")
    first_visit = practice.make_visit_type(slug=views.FIRST_VISIT, position=2)
    other = practice.make_visit_type(slug="other", position=1)
    practice.make_practitioner(visit_types=[first_visit, other], location=location, family_name="Fischer")
    Article.objects.create(
        slug="cramps", title="Leg cramps", summary="Cramps.", body="Words.", status="published"
    )
    Article.objects.create(slug="draft", title="Not yet", summary="Draft.", body="Words.")

    with time_machine.travel(practice.NOW, tick=False):
        response = client.get("/")

    assert response.text.count('name="slot"') == 3
    assert f'action="{reverse("booking:hold", args=[first_visit.slug])}"' in response.text
    assert "Today, November\xa023" in response.text
    assert "with Dr. Lena Fischer" in response.text
    assert reverse("learn:article", args=["cramps"]) in response.text
    assert "Not yet" not in response.text
    assert "Midtown" in response.text


@pytest.mark.django_db
@pytest.mark.parametrize("is_closed", [False, True])
def test_home_of_other_names_offers_the_first_that_somebody_new_may_book(
    client: Client, is_closed: bool
) -> None:
    location = practice.make_location()
    own_names = [
        practice.make_visit_type(slug="inside", position=1, is_public=False),
        practice.make_visit_type(slug="follow-up", position=2, audience="established"),
        practice.make_visit_type(slug="consultation", position=3),
        practice.make_visit_type(slug="a-test", position=4),
    ]
    if is_closed:
        practice.make_visit_type(slug=views.FIRST_VISIT, position=0, is_public=False)
    practice.make_practitioner(visit_types=own_names, location=location)

    with time_machine.travel(practice.NOW, tick=False):
        response = client.get("/")

    assert response.text.count('name="slot"') == 3
    assert f'action="{reverse("booking:hold", args=["consultation"])}"' in response.text


@pytest.mark.django_db
def test_home_asks_the_database_as_often_for_many_as_for_one(client: Client) -> None:
    first_visit = practice.make_visit_type(slug=views.FIRST_VISIT)
    counts = []

    for more in (1, 6):
        for _ in range(more):
            practice.make_practitioner(visit_types=[first_visit], location=practice.make_location())
        with time_machine.travel(practice.NOW, tick=False), CaptureQueriesContext(connection) as queries:
            client.get("/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("cookie", "media"), [("1", "all"), ("0", "not all"), ("", "(prefers-color-scheme: dark)")]
)
def test_page_takes_its_colors_from_the_choice_or_the_device(client: Client, cookie: str, media: str) -> None:
    client.cookies["dim"] = cookie

    response = client.get("/nowhere/")

    assert f'dim.css" media="{media}"' in response.text


@pytest.mark.parametrize(("sent", "kept"), [("1", "1"), ("0", "0"), ("dark", "0")])
def test_dim_keeps_the_choice_for_a_year_and_goes_back(client: Client, sent: str, kept: str) -> None:
    response = client.post("/dim/", {"dim": sent, "next": "/learn/?page=2"})

    assert response.status_code == 302
    assert response["Location"] == "/learn/?page=2"
    cookie = response.cookies["dim"]
    assert (cookie.value, cookie["max-age"], cookie["samesite"]) == (kept, 365 * 24 * 60 * 60, "Lax")


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "http:///evil.example/",
        "javascript:alert(1)",
        " //evil.example/",
        "\n//evil.example/",
        "",
    ],
)
def test_dim_sends_nobody_to_another_site(client: Client, address: str) -> None:
    response = client.post("/dim/", {"dim": "1", "next": address})

    assert response["Location"] == "/"


def test_dim_refuses_to_change_anything_by_a_link(client: Client) -> None:
    response = client.get("/dim/?dim=1")

    assert response.status_code == 405
    assert "dim" not in response.cookies


def test_unknown_address_says_so(client: Client) -> None:
    response = client.get("/nowhere/")

    assert response.status_code == 404
    assert_is_page(response, "We cannot find this page")


def test_form_without_its_token_says_how_to_go_on() -> None:
    response = Client(enforce_csrf_checks=True).post("/dim/", {"dim": "1"})

    assert response.status_code == 403
    assert_is_page(response, "Please try that again")


def test_forbidden_page_says_so(rf: RequestFactory) -> None:
    response = views.permission_denied(rf.get("/admin/"), PermissionDenied())

    assert response.status_code == 403
    assert_is_page(response, "You cannot open this page")


def test_request_for_a_foreign_host_gets_a_page(client: Client) -> None:
    response = client.get("/nowhere/", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert_is_page(response, "We could not read that request")


@pytest.mark.django_db
def test_admin_wears_the_name_and_the_colors_of_the_clinic(client: Client, settings) -> None:
    response = client.get("/staff/login/")

    assert settings.CLINIC["name"] in response.text
    assert "clinic/staff.css" in response.text


def test_error_on_our_side_gets_a_page_without_the_database() -> None:
    # No django_db mark: home fails at its first query, and so would the page about it.
    response = Client(raise_request_exception=False).get("/")

    assert response.status_code == 500
    assert_is_page(response, "Something went wrong on our side")


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_database_that_is_away_gets_a_page_that_says_to_press_again(
    rf: RequestFactory, error: type[DatabaseError]
) -> None:
    try:
        raise error("database or disk is full")
    except error:
        response = views.server_error(rf.post("/book/check/"))

    assert response.status_code == 503
    assert response["Retry-After"] == "60"
    assert_is_page(response, "Please try again in a minute")


def assert_is_page(response: HttpResponse, heading: str) -> None:
    """A whole page of ours: heading, way to the main part, phone, dim switch."""
    text = response.content.decode()
    assert f"<h1>{heading}</h1>" in text
    assert f"<title>{heading} – " in text
    assert 'href="#main"' in text
    assert 'href="tel:+12125550142"' in text
    assert 'name="csrfmiddlewaretoken"' in text


@pytest.mark.parametrize(
    ("number", "uri"),
    [
        ("(212) 555-0142", "+12125550142"),
        ("+44 20 7946 0018", "+442079460018"),
        ("0142", "0142"),
        ("none", ""),
    ],
)
def test_phone_uri_is_what_a_phone_can_dial(number: str, uri: str) -> None:
    assert branding.phone_uri(number) == uri
