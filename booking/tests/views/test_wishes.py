"""/visits/<token>/waitlist/: the page of one wish, and the offer on it."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking import actions, links, offering
from booking.actions import Actor
from booking.models import Appointment, WaitlistEntry, WaitlistOffer
from booking.models.appointment import Status
from booking.tests import practice
from outbox.deliver import deliver
from outbox.models import OutboxMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(visit: Appointment) -> WaitlistEntry:
    """Somebody without a visit who waits for one like `visit`."""
    patient = practice.make_patient(given_name="Alex", email="alex@example.org", phone="+12125550111")
    return WaitlistEntry.objects.create(
        patient=patient, visit_type=visit.visit_type, until=date(2026, 12, 18), notice=120
    )


@pytest.fixture
def offer(entry: WaitlistEntry, visit: Appointment) -> Any:
    actions.cancel(appointment=visit, reason="patient", by=Actor.patient())
    offering.offer_freed_times()
    return entry.offers.get()


def address(entry: WaitlistEntry, name: str = "wish") -> str:
    return reverse(f"visits:{name}", args=[links.issue_wish(entry)])


def read(client: Client, entry: WaitlistEntry) -> str:
    response = client.get(address(entry))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_page_says_where_the_wish_stands(client: Client, entry: WaitlistEntry):
    page = read(client, entry)

    assert "You are on the waitlist" in page
    assert "You are first in line for this kind of visit." in page
    assert "Take this time" not in page


@pytest.mark.parametrize(
    ("ahead", "words"), [(1, "A few people wait longer"), (4, "Several people wait longer")]
)
def test_place_in_line_is_told_in_words(client: Client, entry: WaitlistEntry, ahead: int, words: str):
    for _ in range(ahead):
        WaitlistEntry.objects.create(
            patient=practice.make_patient(),
            visit_type=entry.visit_type,
            until=entry.until,
            created_at=entry.created_at - timedelta(days=1),
        )

    assert words in read(client, entry)


def test_page_shows_no_name_phone_or_email(client: Client, entry: WaitlistEntry, offer: WaitlistOffer):
    page = read(client, entry)

    assert [word for word in ("Alex", "alex@", "5550111", "555-0111", "Jordan") if word in page] == []


def test_page_is_kept_out_of_caches_and_search(client: Client, entry: WaitlistEntry):
    response = client.get(address(entry))

    assert response["Cache-Control"] == "no-store, private"
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "no-referrer"


def test_looking_changes_nothing(client: Client, entry: WaitlistEntry, offer: WaitlistOffer):
    where = [address(entry), address(entry, "change-wish")]
    before = (list(WaitlistOffer.objects.values()), list(WaitlistEntry.objects.values()))
    for one in where:
        client.get(one)
        client.head(one)

    assert (list(WaitlistOffer.objects.values()), list(WaitlistEntry.objects.values())) == before
    for name in ("answer-wish", "leave-wish"):
        assert client.get(address(entry, name)).status_code == 405


def test_offer_is_asked_about_with_its_end(client: Client, entry: WaitlistEntry, offer: WaitlistOffer):
    page = read(client, entry)

    assert "Does this time suit you?" in page
    assert "We keep it for you until Monday, November 23, 10:00 am." in page
    assert "Take this time" in page
    assert "Not this time" in page


def test_taking_it_books_the_visit(client: Client, entry: WaitlistEntry, offer: WaitlistOffer):
    response = client.post(address(entry, "answer-wish"), {"offer": offer.pk, "take": "yes"}, follow=True)

    assert response.status_code == 200
    booked = Appointment.objects.get(patient=entry.patient)
    assert (booked.status, booked.start) == (Status.BOOKED, offer.start)
    assert booked.display_reference in response.content.decode()


def test_taking_it_twice_books_once(client: Client, entry: WaitlistEntry, offer: WaitlistOffer):
    for _ in range(2):
        response = client.post(address(entry, "answer-wish"), {"offer": offer.pk, "take": "yes"}, follow=True)
        assert response.status_code == 200

    assert Appointment.objects.filter(patient=entry.patient).count() == 1


def test_passing_keeps_the_place(client: Client, entry: WaitlistEntry, offer: WaitlistOffer):
    response = client.post(address(entry, "answer-wish"), {"offer": offer.pk, "pass": "yes"}, follow=True)

    assert "You are first in line" in response.content.decode()
    offer.refresh_from_db()
    assert offer.status == WaitlistOffer.Status.PASSED


def test_offer_that_ran_out_and_went_on_is_told(
    client: Client, entry: WaitlistEntry, offer: WaitlistOffer, clock: Any
):
    clock.shift(timedelta(minutes=61))
    offering.offer_freed_times()

    response = client.post(address(entry, "answer-wish"), {"offer": offer.pk, "take": "yes"})

    assert response.status_code == 409
    assert "This time is no longer kept for you" in response.content.decode()
    assert "did not hear from you in time" in read(client, entry)


@pytest.mark.parametrize("sent", ["", "x", "0", "9" * 30, "-1", "１"])
def test_answer_to_no_offer_of_theirs_is_a_sentence(
    client: Client, entry: WaitlistEntry, offer: WaitlistOffer, sent: str
):
    response = client.post(address(entry, "answer-wish"), {"offer": sent, "take": "yes"})

    assert response.status_code == 409
    assert not Appointment.objects.filter(patient=entry.patient).exists()


def test_offer_of_somebody_else_cannot_be_answered(
    client: Client, entry: WaitlistEntry, offer: WaitlistOffer
):
    stranger = WaitlistEntry.objects.create(
        patient=practice.make_patient(), visit_type=entry.visit_type, until=entry.until
    )

    response = client.post(address(stranger, "answer-wish"), {"offer": offer.pk, "take": "yes"})

    assert response.status_code == 409
    offer.refresh_from_db()
    assert offer.status == WaitlistOffer.Status.OPEN


def test_wish_can_be_changed_and_keeps_its_place(client: Client, entry: WaitlistEntry):
    response = client.post(
        address(entry, "change-wish"),
        {"part_of_day": "morning", "notice": "1440", "weekdays": ["0", "2"], "at_any_hour": "on"},
    )

    assert response.status_code == 302
    before = entry.created_at
    entry.refresh_from_db()
    assert (entry.part_of_day, entry.notice, entry.weekdays) == ("morning", 1440, [0, 2])
    assert (entry.at_any_hour, entry.created_at) == (True, before)


def test_change_without_answers_says_what_is_missing(client: Client, entry: WaitlistEntry):
    response = client.post(address(entry, "change-wish"), {})

    assert response.status_code == 422
    assert "Choose a time of day." in response.content.decode()


def test_leaving_ends_the_wish_and_gives_its_time_back(
    client: Client, entry: WaitlistEntry, offer: WaitlistOffer
):
    for _ in range(2):
        response = client.post(address(entry, "leave-wish"), follow=True)

    assert "You are no longer on the waitlist" in response.content.decode()
    offering.offer_freed_times()
    offer.refresh_from_db()
    assert (offer.status, offer.hold.status) == (WaitlistOffer.Status.WITHDRAWN, Status.CANCELLED)
    assert client.post(address(entry, "change-wish"), {}).status_code == 302


@pytest.mark.parametrize("name", ["wish", "answer-wish", "change-wish", "leave-wish"])
def test_wrong_old_and_foreign_tokens_look_alike(
    client: Client, entry: WaitlistEntry, visit: Appointment, name: str
):
    old = address(entry, name)
    WaitlistEntry.objects.update(until=timezone.localdate() - timedelta(days=2))
    of_a_visit = reverse(f"visits:{name}", args=[links.issue(visit)])
    for one in (old, of_a_visit, reverse(f"visits:{name}", args=["x" * 43])):
        response = client.post(one) if name in ("answer-wish", "leave-wish") else client.get(one)
        assert response.status_code == 404
        assert "This link does not work" in response.content.decode()


# --- From the page of the visit that somebody has ----------------------------------------


@pytest.fixture
def later(visit: Appointment) -> Appointment:
    """A visit two weeks later, whose patient is offered the time of `visit`."""
    patient = practice.make_patient()
    booked = actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=visit.practitioner,
        location=visit.location,
        start=practice.at("10:00", date(2026, 12, 8)),
        patient=patient,
        by=Actor.system(),
    )
    WaitlistEntry.objects.create(
        patient=patient,
        visit_type=booked.visit_type,
        appointment=booked,
        until=date(2026, 12, 7),
        notice=120,
    )
    actions.cancel(appointment=visit, reason="patient", by=Actor.patient())
    offering.offer_freed_times()
    return booked


def test_visit_page_asks_about_the_earlier_time_and_taking_it_moves_the_visit(
    client: Client, later: Appointment
):
    token = links.issue(later)
    page = client.get(reverse("visits:visit", args=[token])).content.decode()
    assert "your visit moves to this time" in page

    response = client.post(
        reverse("visits:answer-offer", args=[token]),
        {"offer": WaitlistOffer.objects.get().pk, "take": "yes"},
        follow=True,
    )

    assert response.status_code == 200
    later.refresh_from_db()
    assert (later.status, later.start) == (Status.BOOKED, practice.at("10:00"))


def test_visit_without_a_wish_has_no_offer_to_answer(client: Client, visit: Appointment):
    response = client.post(reverse("visits:answer-offer", args=[links.issue(visit)]), {"take": "yes"})

    assert response.status_code == 409


def test_offer_mail_leads_to_the_page(client: Client, entry: WaitlistEntry, offer: WaitlistOffer):
    deliver(OutboxMessage.objects.get(kind="booking.waitlist_offer").pk)

    [sent] = mail.outbox
    [link] = [word for word in sent.body.split() if "/waitlist/" in word]
    page = client.get(link.removeprefix("http://127.0.0.1:8000")).content.decode()
    assert "Does this time suit you?" in page


# --- Pressed again ------------------------------------------------------------------


@pytest.fixture
def earlier(visit: Appointment) -> Any:
    """An offer to the patient of a later visit, who waits for an earlier one."""
    later = actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=visit.practitioner,
        location=visit.location,
        start=practice.at("10:00", date(2026, 12, 8)),
        patient=practice.make_patient(),
        by=Actor.system(),
    )
    assert later.patient is not None
    WaitlistEntry.objects.create(
        patient=later.patient,
        visit_type=later.visit_type,
        appointment=later,
        until=date(2026, 12, 4),
        notice=120,
    )
    actions.cancel(appointment=visit, reason="patient", by=Actor.patient())
    offering.offer_freed_times()
    return WaitlistOffer.objects.select_related("entry__appointment").get()


def test_taking_an_earlier_time_twice_leads_to_the_visit_both_times(client: Client, earlier: WaitlistOffer):
    visit = earlier.entry.appointment
    assert visit is not None
    post_to = reverse("visits:answer-offer", args=[links.issue(visit)])

    answers = [client.post(post_to, {"offer": earlier.pk, "take": "yes"}) for _ in range(2)]

    pages = [client.get(answer["Location"]) for answer in answers]
    assert [page.status_code for page in pages] == [200, 200]
    visit.refresh_from_db()
    assert (visit.start, visit.version) == (earlier.start, 1)


def test_link_of_a_wish_makes_no_new_link_to_a_visit_that_moved_since(client: Client, earlier: WaitlistOffer):
    post_to = address(earlier.entry, "answer-wish")
    client.post(post_to, {"offer": earlier.pk, "take": "yes"})
    visit = Appointment.objects.with_parts().get(waitlist_entries=earlier.entry)
    actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=practice.at("13:00"),
        by=Actor.staff(None),
    )

    answer = Client().post(post_to, {"offer": earlier.pk, "take": "yes"})

    assert answer.status_code == 409
    assert not visit.manage_links.filter(revoked_at__isnull=True).exists()
