"""The visit keeps which article it came from; nothing but an article's short name gets that far."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from booking.models import Appointment, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.views.walk import confirm, make_key, read_slots, send_details

pytestmark = pytest.mark.usefixtures("clock", "practitioner")

TIMES = "/book/new-patient/"


def list_links(response: Any) -> list[str]:
    """Return the addresses to which the page's main part leads within the booking."""
    main = re.search(r"<main.*</main>", response.content.decode(), re.DOTALL)
    found = [unescape(link) for link in re.findall(r'href="([^"]*)"', main[0] if main else "")]
    return [link for link in found if link.startswith("?") or re.match(r"/book/(?!.*waitlist)", link)]


def choose(client: Client, address: str, *, choice: int = 0) -> Appointment:
    """Open the times at `address` and press one, with all that its form sends."""
    page = client.get(address)
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
    client.post(f"{TIMES}hold/", {**fields, "slot": read_slots(page)[choice]})
    return Appointment.objects.filter(status="pending").get()


def book(client: Client, held: Appointment) -> Appointment:
    send_details(client, held)
    confirm(client, held)
    held.refresh_from_db()
    assert held.status == "booked"
    return held


def test_visit_keeps_the_article_it_came_from(client: Client) -> None:
    held = choose(client, f"{TIMES}?article=muscle-spasms")

    assert book(client, held).article == "muscle-spasms"


@pytest.mark.parametrize("view", ["", "&view=clinician", "&same=lena-fischer", "&day=2026-12-01"])
def test_every_list_of_times_sends_it_on(client: Client, view: str) -> None:
    address = f"{TIMES}?article=muscle-spasms{view}"

    forms = re.findall(
        r"<form method=\"post\" action=\"/book/.*?</form>", client.get(address).text, re.DOTALL
    )

    assert len(forms) > 1
    assert all('name="article" value="muscle-spasms"' in form for form in forms)


@pytest.mark.parametrize(
    "address",
    [
        TIMES,
        "/book/",
        "/book/?seen=no",
        "/book/help-me-choose/",
        "/book/help-me-choose/?seen=yes",
        "/book/help-me-choose/?seen=yes&need=spasms&place=in_person",
    ],
)
def test_every_way_between_the_steps_keeps_it(
    client: Client, address: str, visit_type: VisitType, location: Location
) -> None:
    follow_up = practice.make_visit_type(slug="follow-up", audience=VisitType.Audience.ESTABLISHED)
    video = practice.make_visit_type(
        slug="video", mode=VisitType.Mode.TELEHEALTH, counterpart=visit_type, audience=VisitType.Audience.NEW
    )
    practice.make_practitioner(visit_types=[visit_type, follow_up, video], location=location)

    page = client.get(f"{address}{'&' if '?' in address else '?'}article=muscle-spasms")

    links = list_links(page)
    assert links
    assert [link for link in links if "article=muscle-spasms" not in link] == []


@pytest.mark.parametrize(
    ("address", "goes_to"),
    [
        ("/book/?visit_type=new-patient&next=time&article=a", "/book/new-patient/?article=a"),
        ("/book/?visit_type=not-sure&next=time&seen=no&article=a", "/book/help-me-choose/?seen=no&article=a"),
        ("/book/not-sure/?article=a", "/book/help-me-choose/?article=a"),
    ],
)
def test_a_choice_keeps_it(client: Client, address: str, goes_to: str) -> None:
    practice.make_visit_type(slug="follow-up", audience=VisitType.Audience.ESTABLISHED)

    assert client.get(address)["Location"] == goes_to


def test_form_of_visit_types_keeps_it(client: Client) -> None:
    assert '<input type="hidden" name="article" value="a">' in client.get("/book/?article=a").text


def test_another_time_chosen_later_comes_from_the_same_article(client: Client) -> None:
    choose(client, f"{TIMES}?article=muscle-spasms")

    held = choose(client, TIMES, choice=1)

    assert book(client, held).article == "muscle-spasms"


def test_next_visit_does_not_come_from_it(client: Client) -> None:
    book(client, choose(client, f"{TIMES}?article=muscle-spasms"))

    held = choose(client, TIMES, choice=1)

    assert book(client, held).article == ""


@pytest.mark.parametrize(
    "article",
    [
        "",
        "a b",
        "<script>",
        "../admin",
        "a" * 81,
        "muscle-spasms\n",
        "\0",
        "m\N{LATIN SMALL LETTER U WITH DIAERESIS}ller",
    ],
)
def test_anything_else_is_ignored(
    client: Client, visit_type: VisitType, practitioner: Practitioner, location: Location, article: str
) -> None:
    page = client.get(TIMES, {"article": article})
    key = make_key(practice.at("10:00"), practitioner, location)
    client.post(f"{TIMES}hold/", {"slot": key, "article": article})

    visit = book(client, Appointment.objects.get())

    assert page.status_code == 200
    assert 'name="article"' not in page.text
    assert visit.article == ""


def test_longest_short_name_is_kept(client: Client) -> None:
    held = choose(client, f"{TIMES}?article={'a' * 80}")

    assert book(client, held).article == "a" * 80
