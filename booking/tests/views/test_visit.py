"""One visit by its link: what it says, what it hides, and to whom."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking import actions, links
from booking.models import (
    Appointment,
    CancellationReason,
    Location,
    ManageLink,
    Patient,
    Practitioner,
    RelatedPerson,
    VisitType,
)
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


def test_somebody_elses_visit_names_neither_of_them(client: Client, url: str, patient: Patient) -> None:
    daughter = RelatedPerson.objects.create(
        patient=patient, name="Maria Ellis", relationship="child", is_contact=True
    )
    Appointment.objects.update(related_person=daughter)

    page = client.get(url).content.decode()

    assert "Maria" not in page
    assert "Jordan" not in page


@pytest.mark.parametrize(
    "answer",
    [
        lambda url: Client().put(url),
        lambda url: Client(enforce_csrf_checks=True).post(f"{url}cancel/"),
        lambda url: Client().get("/visits/no/such/page/"),
        lambda url: Client(HTTP_COOKIE="sessionid=a\0b").get(url),
        lambda url: Client().post("/visits/find/", {}),
    ],
    ids=["method", "csrf", "no-page", "nul", "find"],
)
def test_refusals_are_as_private_as_the_page(url: str, answer: Any) -> None:
    response = answer(url)

    assert response.status_code in (400, 403, 404, 405, 422)
    assert response["Cache-Control"] == "no-store, private"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex"


def test_errors_of_ours_are_as_private_as_the_page(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "find", lambda token: 1 / 0)

    response = Client(raise_request_exception=False).get(url)

    assert response.status_code == 500
    assert response["Cache-Control"] == "no-store, private"
    assert response["Referrer-Policy"] == "no-referrer"


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
    assert page.startswith("Cancelled This visit is cancelled We had to cancel it, and we are sorry.")
    assert "You do not need to come." in page
    assert 'href="/book/new-patient/"' in response.content.decode()
    assert "Move to another time" not in page


def test_visit_that_the_patient_cancelled_says_so(client: Client, url: str, visit: Appointment) -> None:
    actions.cancel(appointment=visit, reason=CancellationReason.PATIENT, by=BY_STAFF)

    page = read(client.get(url))

    assert page.startswith("Cancelled This visit is cancelled You cancelled it. You do not need to come.")
    assert "Book again" in page
    assert "sorry" not in page


def test_visit_that_was_a_mistake_blames_nobody(client: Client, url: str, visit: Appointment) -> None:
    actions.enter_in_error(appointment=visit, by=BY_STAFF)

    page = read(client.get(url))

    assert page.startswith("Cancelled This visit is cancelled You do not need to come.")


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
    assert "Online changes end 1 hour before a visit." in page
    assert "earlier time" not in page
    assert "Move to another time" not in page
    assert "Cancel this visit" not in page


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (actions.arrive, "Arrived We know that you are here Please take a seat."),
        (actions.check_in, "In room Your visit is under way"),
    ],
)
def test_somebody_who_is_here_is_told_so(
    client: Client, url: str, visit: Appointment, action: Any, words: str
) -> None:
    for step in [actions.arrive, actions.check_in]:
        step(appointment=visit, by=BY_STAFF)
        if step is action:
            break

    page = read(client.get(url))

    assert page.startswith(words)
    assert visit.display_reference in page
    assert "Come 10 minutes early" not in page
    assert "too late" not in page
    assert "Move to another time" not in page


def test_moved_visit_tells_the_old_time_to_everybody(client: Client, visit: Appointment) -> None:
    actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=practice.at("14:00"),
        by=BY_STAFF,
    )
    visit.refresh_from_db()

    page = read(client.get(reverse("visits:visit", args=[links.issue(visit)])))

    assert page.startswith("Moved Your appointment Tue 24 Nov 2:00 pm Tuesday, November 24, 2026")
    assert "Before: Tuesday, November 24 at 10:00 am. Please come at the new time." in page


def test_visit_that_was_not_moved_tells_no_old_time(client: Client, url: str) -> None:
    assert "Before:" not in read(client.get(url))


# --- After the visit ---------------------------------------------------------------


@pytest.fixture
def follow_up(practitioner: Practitioner) -> VisitType:
    follow_up = practice.make_visit_type(
        name="Follow-up", slug="follow-up", audience=VisitType.Audience.ESTABLISHED
    )
    practitioner.visit_types.add(follow_up)
    return follow_up


def test_past_visit_offers_a_follow_up_with_the_same_clinician(
    client: Client, url: str, follow_up: VisitType, clock: Any
) -> None:
    clock.shift(timedelta(days=1, hours=10))

    response = client.get(url)

    assert "Book a follow-up with Dr. Fischer" in read(response)
    assert 'href="/book/follow-up/?same=lena-fischer"' in response.content.decode()
    assert "Book another visit" in read(response)


def test_follow_up_is_in_the_same_place_where_there_are_two(
    client: Client, url: str, visit: Appointment, follow_up: VisitType, clock: Any
) -> None:
    video = practice.make_visit_type(
        slug="video",
        audience=VisitType.Audience.ESTABLISHED,
        mode=VisitType.Mode.TELEHEALTH,
        name="A video follow-up",
    )
    visit.practitioner.visit_types.add(video)
    clock.shift(timedelta(days=1, hours=10))

    in_person = client.get(url).content.decode()
    VisitType.objects.filter(pk=visit.visit_type_id).update(mode=VisitType.Mode.TELEHEALTH)
    by_video = client.get(url).content.decode()

    assert "/book/follow-up/?same=" in in_person
    assert "/book/video/?same=" in by_video


@pytest.mark.parametrize("why", ["left", "private", "noshow"])
def test_no_follow_up_where_there_is_none_to_book(
    client: Client, url: str, visit: Appointment, follow_up: VisitType, clock: Any, why: str
) -> None:
    if why == "left":
        Practitioner.objects.update(is_active=False)
    elif why == "private":
        VisitType.objects.filter(pk=follow_up.pk).update(is_public=False)
    else:
        actions.mark_noshow(appointment=visit, by=BY_STAFF)
    clock.shift(timedelta(days=1, hours=10))

    page = read(client.get(url))

    assert "Book a follow-up" not in page
    assert "Book again" in page


# --- What helps before it -----------------------------------------------------------


def test_map_link_carries_the_address_of_the_clinic_and_nothing_else(
    client: Client, url: str, visit: Appointment
) -> None:
    Location.objects.update(line1="418 Alder & Elm Street", line2="2nd floor")

    page = client.get(url).content.decode()

    [link] = re.findall(r'<a href="(https:[^"]+)" ([^>]*)>', page)
    assert link == (
        "https://www.openstreetmap.org/search?query=418%20Alder%20%26%20Elm%20Street%2C%20New%20York%2C%20NY%2010016",
        'rel="noreferrer noopener"',
    )


def test_map_can_be_another_one_or_none(client: Client, url: str, settings: Any) -> None:
    settings.MAP_URL = "https://maps.example.org/?q={address}&z={z}"
    other = client.get(url).content.decode()
    settings.MAP_URL = ""
    none = client.get(url).content.decode()

    assert "https://maps.example.org/?q=" in other
    assert "on a map" not in none


def test_video_visit_has_neither_directions_nor_map(client: Client, url: str) -> None:
    VisitType.objects.update(mode=VisitType.Mode.TELEHEALTH)

    page = client.get(url)

    assert "By video" in read(page)
    assert "Directions" not in read(page)
    assert "Alder Street" not in read(page)
    assert "openstreetmap" not in page.content.decode()


REQUEST = "Ask your doctor for the request that this visit needs."


@pytest.mark.parametrize(
    ("needs", "answer", "is_told"),
    [(True, "not_yet", True), (True, "have", False), (True, "", False), (False, "not_yet", False)],
)
def test_request_is_asked_for_only_where_it_is_lacking(
    client: Client, url: str, needs: bool, answer: str, is_told: bool
) -> None:
    VisitType.objects.update(needs_referral=needs)
    Appointment.objects.update(referral=answer, referral_from="Dr. Marsh")

    page = read(client.get(url))

    assert (REQUEST in page) is is_told
    assert "Marsh" not in page


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
    assert "There is nothing else to book or fill in." in read(booked)
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
