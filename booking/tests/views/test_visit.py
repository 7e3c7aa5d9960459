"""One visit by its link: what it says, what it hides, and to whom."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking import actions, links
from booking.models import Appointment, CancellationReason, ManageLink, VisitType
from booking.tests import practice
from booking.tests.views.walk import confirm, read, read_title, send_details

BY_STAFF = actions.Actor.system()


@pytest.fixture
def url(token: str) -> str:
    return reverse("visits:visit", args=[token])


def test_coming_visit_tells_when_who_where_and_how_to_change_it(
    client: Client, url: str, visit: Appointment, clock: Any
) -> None:
    VisitType.objects.update(arrive_early=10, preparation="Bring your photo ID.\n\nWear loose clothes.")
    visit.location.directions = "Ring the bell marked 2."
    visit.location.save()

    response = client.get(url)

    page = read(response)
    assert page.startswith("Booked Your appointment")
    assert "10:00 am Tuesday, November 24, 2026" in page
    assert "Eastern Time (New York)" in page
    assert "Dr. Lena Fischer Neurologist" in page
    assert "Come 10 minutes early, at 9:50 am. Bring your photo ID. Wear loose clothes." in page
    assert "Ring the bell marked 2." in page
    assert visit.display_reference in page
    assert f"{url}move/" in response.content.decode()
    assert f"{url}cancel/" in response.content.decode()
    assert f"{url}invite.ics" in response.content.decode()


def test_nothing_private_stands_on_the_page(client: Client, url: str, visit: Appointment) -> None:
    Appointment.objects.update(reason="Leg cramps at night", access_needs="A quiet place")

    page = client.get(url).content.decode()

    for private in ("jordan.ellis@example.org", "0177", "1975", "September 28", "Leg cramps", "Ellis"):
        assert private not in page
        assert private not in read_title(client.get(url))


def test_headers_keep_the_page_and_its_address_to_itself(client: Client, url: str) -> None:
    for address in (url, f"{url}move/", f"{url}cancel/", f"{url}invite.ics", "/visits/unknown/"):
        response = client.get(address)

        assert response["Cache-Control"] == "no-store, private"
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("page", ["", "move/", "cancel/", "invite.ics"])
def test_wrong_old_and_expired_links_look_the_same(
    client: Client, visit: Appointment, token: str, clock: Any, page: str
) -> None:
    revoked = links.issue(visit)
    ManageLink.objects.filter(token_hash=links.hash_token(revoked)).update(revoked_at=practice.NOW)
    tampered = ("B" if token[0] == "A" else "A") + token[1:]
    answers = [
        client.get(f"/visits/{wrong}/{page}")
        for wrong in (tampered, revoked, "unknown", "%00", "x" * 3000, "%F0%9F%92%A9", "<script>")
    ]
    clock.shift(timedelta(days=3))
    answers.append(client.get(f"/visits/{token}/{page}"))

    assert {answer.status_code for answer in answers} == {404}
    assert {read(answer) for answer in answers} == {read(answers[0])}
    assert "This link does not work" in read(answers[0])
    assert reverse("visits:find") in answers[0].content.decode()


def test_link_says_what_happened_for_a_day_after_the_visit(client: Client, url: str, clock: Any) -> None:
    clock.shift(timedelta(days=1, hours=10))

    page = read(client.get(url))

    assert page.startswith("Past This visit has passed")
    assert "Book again" in page
    assert "Cancel this visit" not in page


def test_cancelled_visit_says_so_and_offers_another(client: Client, url: str, visit: Appointment) -> None:
    actions.cancel(appointment=visit, reason=CancellationReason.PRACTICE, by=BY_STAFF)

    response = client.get(url)

    page = read(response)
    assert page.startswith("Cancelled This visit is cancelled You do not need to come.")
    assert 'href="/book/new-patient/"' in response.content.decode()
    assert "Move to another time" not in page


def test_visit_that_staff_ended_reads_as_past(client: Client, url: str, visit: Appointment) -> None:
    actions.mark_noshow(appointment=visit, by=BY_STAFF)

    page = read(client.get(url))

    assert page.startswith("Past This visit has passed")
    assert "No-show" not in page


def test_after_the_cut_off_only_the_phone_can_change_it(
    client: Client, url: str, visit: Appointment, clock: Any
) -> None:
    clock.move_to(practice.at("09:00"))

    page = read(client.get(url))

    assert "It is too late to change this visit online. Please call (212) 555-0142." in page
    assert "Move to another time" not in page
    assert "Cancel this visit" not in page


def test_just_booked_says_so_until_the_visit_changes(client: Client, held: Appointment) -> None:
    send_details(client, held)
    url = confirm(client, held)["Location"]

    booked = client.get(url)
    seen_again = client.get(url)
    visit = Appointment.objects.get()
    actions.cancel(appointment=visit, reason=CancellationReason.PRACTICE, by=BY_STAFF)
    changed = client.get(url)

    assert read_title(booked).startswith("Your appointment is booked")
    assert read(seen_again) == read(booked)
    assert visit.display_reference in read(booked)
    assert "We are sending you an email." in read(booked)
    assert "You do not need to do anything else before your visit." in read(booked)
    assert "Your appointment is booked" not in read(changed)


def test_booked_without_email_says_to_keep_the_reference(client: Client, held: Appointment) -> None:
    send_details(client, held, email="")

    page = read(client.get(confirm(client, held)["Location"]))

    assert "Write down your booking reference." in page
    assert "email" not in page


def test_other_browser_with_the_link_sees_the_plain_page(client: Client, held: Appointment) -> None:
    send_details(client, held)
    url = confirm(client, held)["Location"]

    page = read(Client().get(url))

    assert page.startswith("Booked Your appointment Tue 24 Nov")
