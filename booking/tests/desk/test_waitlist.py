"""/admin/desk/waitlist/: who waits, what they are offered, by the machine and by hand."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking import actions, offering
from booking.actions import Actor
from booking.models import Appointment, OfferPause, WaitlistEntry, WaitlistOffer
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.desk.conftest import DAY

pytestmark = pytest.mark.django_db


def wait(visit: Appointment, **fields: Any) -> WaitlistEntry:
    patient = practice.make_patient(
        **{"given_name": "Alex", "family_name": "Moore", **fields.pop("patient", {})}
    )
    values = {"visit_type": visit.visit_type, "until": date(2026, 12, 18), "notice": 120, **fields}
    return WaitlistEntry.objects.create(patient=patient, **values)


@pytest.fixture
def entry(visit: Appointment) -> WaitlistEntry:
    return wait(visit)


@pytest.fixture
def offer(entry: WaitlistEntry, visit: Appointment) -> WaitlistOffer:
    actions.cancel(appointment=visit, reason="patient", by=Actor.patient())
    offering.offer_freed_times()
    return entry.offers.get()


def read(response: Any) -> str:
    return " ".join(response.content.decode().split())


def show(desk: Client, entry: WaitlistEntry | None = None) -> str:
    address = reverse("desk:wish", args=[entry.pk]) if entry else reverse("desk:waitlist")
    response = desk.get(address)
    assert response.status_code == 200
    return read(response)


def press(desk: Client, name: str, *keys: int, **sent: Any) -> str:
    response = desk.post(reverse(f"desk:{name}", args=keys), sent, follow=True)
    assert response.status_code == 200
    return read(response)


def test_empty_list_says_so(desk: Client):
    assert "Nobody is waiting." in show(desk)


def test_list_has_who_waits_with_their_place_and_offer(
    desk: Client, entry: WaitlistEntry, offer: WaitlistOffer
):
    wait(entry, patient={"given_name": "Robin", "family_name": "Hart", "email": ""})

    page = show(desk)

    assert "Alex Moore" in page
    assert "number 1" in page
    assert "Offered: Tue, Nov 24, 10:00 am, until 10:00 am" in page
    assert "Robin Hart" in page
    assert "number 2" in page


def test_list_asks_no_more_for_three_than_for_one(desk: Client, visit: Appointment):
    wait(visit)
    show(desk)
    with CaptureQueriesContext(connection) as one:
        show(desk)
    for _ in range(2):
        wait(visit)

    with CaptureQueriesContext(connection) as three:
        show(desk)

    assert len(three) == len(one)


def test_wish_shows_open_times_that_fit_and_one_is_offered_by_hand(
    desk: Client, entry: WaitlistEntry, receptionist: Any
):
    WaitlistEntry.objects.update(part_of_day="afternoon")
    response = desk.get(reverse("desk:wish", args=[entry.pk]))
    [first, *_] = response.context["openings"]

    page = press(desk, "wish-offer", entry.pk, slot=first.key)

    assert "Offered. It is held, and a mail asks them." in page
    made = entry.offers.get()
    assert (made.start, made.offered_by, made.hold.status) == (first.start, receptionist, Status.PENDING)


def test_who_has_no_email_is_to_be_called(desk: Client, visit: Appointment):
    entry = wait(visit, patient={"email": ""})
    [first, *_] = desk.get(reverse("desk:wish", args=[entry.pk])).context["openings"]

    page = press(desk, "wish-offer", entry.pk, slot=first.key)

    assert "There is no email: please call." in page


def test_who_calls_is_told_that_somebody_reads_spanish(desk: Client, visit: Appointment):
    wait(visit)
    entry = wait(visit, patient={"given_name": "Rosa", "family_name": "Vega", "email": ""}, language="es")

    pages = [show(desk), show(desk, entry)]

    assert [page.count("In Español") for page in pages] == [1, 1]


@pytest.mark.parametrize("slot", ["", "x", "2026-11-24T15:00Z/nobody/nowhere"])
def test_time_that_is_none_is_a_sentence(desk: Client, entry: WaitlistEntry, slot: str):
    assert "That time could not be read." in press(desk, "wish-offer", entry.pk, slot=slot)


def test_taken_time_cannot_be_offered(desk: Client, entry: WaitlistEntry, visit: Appointment):
    taken = f"{visit.start:%Y-%m-%dT%H:%MZ}/{visit.practitioner.slug}/{visit.location.slug}"

    page = press(desk, "wish-offer", entry.pk, slot=taken)

    assert "already has a visit at that time" in page
    assert not entry.offers.exists()


def test_yes_on_the_phone_books(desk: Client, entry: WaitlistEntry, offer: WaitlistOffer):
    page = press(desk, "offer-accept", offer.pk)

    booked = Appointment.objects.get(patient=entry.patient)
    assert f"{booked.display_reference}: booked. An email goes to the patient." in page
    assert booked.start == offer.start


def test_nobody_is_told_by_mail_who_has_no_email(desk: Client, visit: Appointment):
    entry = wait(visit, patient={"email": ""})
    [first, *_] = desk.get(reverse("desk:wish", args=[entry.pk])).context["openings"]
    press(desk, "wish-offer", entry.pk, slot=first.key)

    page = press(desk, "offer-accept", entry.offers.get().pk)

    assert "booked. There is no email address: please call." in page


def test_offer_can_be_taken_back_once(desk: Client, offer: WaitlistOffer):
    assert "Taken back. The time is open again." in press(desk, "offer-withdraw", offer.pk)
    assert "This offer has ended" in press(desk, "offer-accept", offer.pk)


def test_one_wish_is_paused_and_goes_on(desk: Client, entry: WaitlistEntry):
    assert "Nothing is offered by itself." in press(desk, "wish-pause", entry.pk)
    entry.refresh_from_db()
    assert entry.paused_at is not None

    assert "No longer paused." in press(desk, "wish-pause", entry.pk, again="yes")
    entry.refresh_from_db()
    assert entry.paused_at is None


def test_everybody_is_paused_and_goes_on(desk: Client):
    for _ in range(2):
        assert "The waitlist is paused: nothing is offered by itself." in press(desk, "waitlist-pause")
    assert OfferPause.objects.count() == 1

    press(desk, "waitlist-pause", again="yes")

    assert not offering.is_paused()


def test_what_became_of_offers_is_told(desk: Client, entry: WaitlistEntry, offer: WaitlistOffer, clock: Any):
    clock.shift(timedelta(minutes=61))
    offering.offer_freed_times()

    for page in (show(desk), show(desk, entry)):
        assert "No answer" in page


def test_hold_of_an_offer_shows_on_the_board_as_such(
    desk: Client, entry: WaitlistEntry, offer: WaitlistOffer
):
    board = read(desk.get(reverse("desk:day"), DAY))
    panel = read(desk.get(reverse("desk:visit", args=[offer.hold_id])))

    assert "Offered to the waitlist" in board
    assert "Offered to the waitlist" in panel
    assert "Alex Moore" in panel


def test_onlooker_may_look_and_change_nothing(
    client: Client, entry: WaitlistEntry, offer: WaitlistOffer, django_user_model: Any
):
    user = django_user_model.objects.create_user("onlooker", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(
            codename__in=["change_appointment", "view_every_visit", "view_waitlistentry"]
        )
    )
    client.force_login(user)

    assert "Offer a time" in read(client.get(reverse("desk:waitlist")))
    for name, key in [
        ("wish-offer", entry.pk),
        ("wish-pause", entry.pk),
        ("offer-accept", offer.pk),
        ("offer-withdraw", offer.pk),
    ]:
        assert client.post(reverse(f"desk:{name}", args=[key])).status_code == 403
    assert client.post(reverse("desk:waitlist-pause")).status_code == 403


def test_without_the_right_to_see_the_waitlist_nothing_is_seen(client: Client, django_user_model: Any):
    user = django_user_model.objects.create_user("half", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="change_appointment"))
    client.force_login(user)

    assert client.get(reverse("desk:waitlist")).status_code == 403
