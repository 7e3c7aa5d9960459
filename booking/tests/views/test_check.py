"""Step 4: check, and the one POST that books."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking import actions
from booking.models import (
    Appointment,
    IntakeAnswer,
    IntakeQuestion,
    Location,
    Patient,
    Practitioner,
    VisitType,
)
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.views import walk
from booking.tests.views.walk import confirm, read, read_slots, read_title, send_details

URL = "/book/check/"


@pytest.fixture
def filled(client: Client, held: Appointment) -> Appointment:
    """A hold whose details are known."""
    send_details(client, held)
    return held


def test_every_answer_is_shown_with_a_way_to_change_it(client: Client, filled: Appointment) -> None:
    response = client.get(URL)

    page = read(response)
    assert "Your visit is not booked until you confirm." in page
    for answer in (
        "First name Jordan",
        "Last name Ellis",
        "Date of birth September 28, 1975",
        "Phone number 212 555 0177",
        "Email jordan.ellis@example.org",
        "The visit is for Me",
        "What would help Not given",
        "Anything else A quiet place to wait",
        "Payment I have insurance. Please bill it.",
        "Agreement I agree that the clinic keeps my answers and uses them for this visit.",
        "What it is about Leg cramps at night",
    ):
        assert f"{answer} Change" in page
    assert "10:00 am Tuesday, November 24, 2026" in page
    assert read_title(response).startswith("Check and confirm. Step 4 of 4")


@pytest.mark.parametrize(
    "field",
    ["who_0", "given_name", "birth_date_0", "phone", "email", "needs_0", "reason", "coverage_0", "consent"],
)
def test_change_leads_to_the_field(client: Client, filled: Appointment, field: str) -> None:
    page = client.get(URL).content.decode()

    assert f'href="/book/details/#id_{field}"' in page
    assert f'id="id_{field}"' in client.get("/book/details/").content.decode()


def test_email_that_looks_misspelt_is_asked_about_and_stands_in_nobodys_way(
    client: Client, held: Appointment
) -> None:
    send_details(client, held, email="jordan@gmial.com")

    page = read(client.get(URL))
    confirm(client, held)

    assert "Email jordan@gmial.com Did you mean jordan@gmail.com? If so, please change it." in page
    assert Appointment.objects.with_parts().get().contact.email == "jordan@gmial.com"


def test_confirm_books_and_leads_to_the_visit(client: Client, filled: Appointment) -> None:
    response = confirm(client, filled)

    visit = Appointment.objects.get()
    assert response["Location"].startswith("/visits/")
    assert (visit.status, visit.reason, visit.access_needs) == (
        Status.BOOKED,
        "Leg cramps at night",
        "A quiet place to wait",
    )
    patient = visit.patient
    assert patient is not None
    assert (patient.full_name, patient.birth_date) == ("Jordan Ellis", date(1975, 9, 28))
    assert (str(patient.phone), patient.phone_typed) == ("+12125550177", "212 555 0177")
    assert "Your appointment is booked" in read(client.get(response["Location"]))


CARER = {
    "who": "other",
    "related_name": "Sam Ellis",
    "relationship": "parent",
    "whose_contact": "mine",
}


def test_answers_of_a_carer_are_shown_and_kept(client: Client, held: Appointment) -> None:
    send_details(client, held, **CARER)

    page = read(client.get(URL))
    confirm(client, held)

    visit = Appointment.objects.with_parts().get()
    for answer in (
        "The visit is for Someone I care for",
        "Your name Sam Ellis",
        "You are Parent or guardian",
        "Phone and email are Mine",
    ):
        assert f"{answer} Change" in page
    assert visit.related_person is not None
    assert (visit.related_person.name, visit.related_person.email) == (
        "Sam Ellis",
        "jordan.ellis@example.org",
    )
    assert visit.patient is not None
    assert (visit.patient.full_name, visit.patient.email) == ("Jordan Ellis", "")


def test_contact_of_the_patient_stays_the_patients(client: Client, held: Appointment) -> None:
    send_details(client, held, **{**CARER, "whose_contact": "patient"})

    confirm(client, held)

    visit = Appointment.objects.with_parts().get()
    assert visit.contact == visit.patient
    assert visit.patient is not None
    assert visit.patient.email == "jordan.ellis@example.org"


def test_needs_payment_referral_and_agreement_are_shown_and_kept(client: Client, held: Appointment) -> None:
    VisitType.objects.update(needs_referral=True)
    send_details(
        client,
        held,
        needs=["interpreter", "step_free"],
        interpreter_language="Spanish",
        coverage="unsure",
        referral="not_yet",
        referral_from="Dr. Ito",
    )

    page = read(client.get(URL))
    confirm(client, held)

    visit = Appointment.objects.get()
    for answer in (
        "What would help An interpreter, or sign language A way without steps, or help with moving",
        "Language Spanish",
        "Payment I am not sure.",
        "Referral Not yet",
        "Doctor Dr. Ito",
    ):
        assert f"{answer} Change" in page
    assert "Please ask your doctor for the referral before the visit." in page
    assert (visit.needs_interpreter, visit.interpreter_language, visit.needs_step_free) == (
        True,
        "Spanish",
        True,
    )
    assert (visit.needs_quiet, visit.needs_more_time) == (False, False)
    assert (visit.coverage, visit.referral, visit.referral_from) == ("unsure", "not_yet", "Dr. Ito")
    assert visit.consent_wording == "I agree that the clinic keeps my answers and uses them for this visit."
    assert visit.consented_at == timezone.now()


def test_replies_are_shown_and_kept_with_the_wording_of_their_question(
    client: Client, held: Appointment, visit_type: VisitType
) -> None:
    ask = IntakeQuestion.objects.create
    walks = ask(visit_type=visit_type, wording="Can you walk?", kind="yes_no", position=1)
    side = ask(visit_type=visit_type, wording="Which side?", kind="choice", choices="Left\nRight", position=2)
    since = ask(visit_type=visit_type, wording="Since when?", position=3)
    ask(visit_type=visit_type, wording="Anything else?", position=4)
    send_details(
        client,
        held,
        **{f"intake_{walks.pk}": "no", f"intake_{side.pk}": "-", f"intake_{since.pk}": "Since May"},
    )

    page = read(client.get(URL))
    confirm(client, held)

    IntakeQuestion.objects.update(wording="Edited later")
    assert "Can you walk? No Change" in page
    assert "Which side? Not given Change" in page
    assert list(IntakeAnswer.objects.values_list("wording", "answer")) == [
        ("Can you walk?", "No"),
        ("Since when?", "Since May"),
    ]


@pytest.mark.parametrize(("posted", "is_kept"), [({"urgency_acknowledged": "1"}, True), ({}, False)])
def test_reading_when_to_call_911_is_recorded_and_never_asked_for(
    client: Client, filled: Appointment, posted: dict[str, str], is_kept: bool
) -> None:
    page = read(client.get(URL))

    confirm(client, filled, **posted)

    visit = Appointment.objects.get()
    assert "911" in page
    assert "I have read when to call 911 (optional)" in page
    assert visit.status == Status.BOOKED
    assert (visit.urgency_acknowledged_at is not None) == is_kept


def test_change_comes_back_to_the_check(client: Client, filled: Appointment) -> None:
    response = send_details(client, filled, given_name="Jordana")

    assert response["Location"] == URL
    assert "First name Jordana Change" in read(client.get(URL))


def test_video_visit_is_told_in_the_zone_of_the_device_too(
    client: Client, clock: Any, visit_type: VisitType, practitioner: Practitioner, location: Location
) -> None:
    VisitType.objects.update(mode=VisitType.Mode.TELEHEALTH)
    key = walk.make_key(practice.at("10:00"), practitioner, location)
    address = reverse("booking:hold", args=[visit_type.slug])
    client.post(address, {"slot": key, "patient_time_zone": "America/Denver"})
    held = Appointment.objects.get()
    send_details(client, held)

    page = read(client.get(URL))
    confirm(client, held)

    held.refresh_from_db()
    assert "That is Tuesday, November 24 at 8:00 am where you are (Mountain Time (Denver))." in page
    assert held.patient_time_zone == "America/Denver"


def test_device_in_another_zone_is_told_that_these_are_clinic_times(
    client: Client, clock: Any, visit_type: VisitType, practitioner: Practitioner, location: Location
) -> None:
    key = walk.make_key(practice.at("10:00"), practitioner, location)
    address = reverse("booking:hold", args=[visit_type.slug])
    client.post(address, {"slot": key, "patient_time_zone": "Asia/Tokyo"})
    send_details(client, Appointment.objects.get())

    page = read(client.get(URL))

    assert "These are clinic times: Eastern Time (New York)." in page
    assert "where you are" not in page


@pytest.mark.parametrize("zone", ["", "America/New_York", "garbage", "../../etc/passwd", "\0", "x" * 10_000])
def test_zone_that_is_no_other_zone_is_not_told(
    client: Client,
    clock: Any,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    zone: str,
) -> None:
    VisitType.objects.update(mode=VisitType.Mode.TELEHEALTH)
    key = walk.make_key(practice.at("10:00"), practitioner, location)
    address = reverse("booking:hold", args=[visit_type.slug])
    client.post(address, {"slot": key, "patient_time_zone": zone})
    send_details(client, Appointment.objects.get())

    response = client.get(URL)

    assert response.status_code == 200
    assert "where you are" not in read(response)


def test_answers_that_were_forgotten_are_asked_for_again(
    client: Client, filled: Appointment, clock: Any
) -> None:
    clock.shift(timedelta(hours=3))

    response = confirm(client, filled)

    assert response["Location"] == "/book/details/?unfinished"
    assert not Patient.objects.exists()


def test_answers_are_forgotten_after_booking(client: Client, filled: Appointment) -> None:
    confirm(client, filled)

    assert "Jordan" not in str(dict(client.session))


def test_second_confirm_leads_to_the_same_visit(client: Client, filled: Appointment) -> None:
    confirm(client, filled)

    response = confirm(client, filled)

    assert Appointment.objects.count() == 1
    assert Patient.objects.count() == 1
    assert "Your appointment is booked" in read(client.get(response["Location"]))


def test_second_confirm_that_came_before_the_first_answer_leads_to_the_same_visit(
    client: Client, filled: Appointment
) -> None:
    # Both requests read the session as it was before either had written it.
    session = client.session
    before = dict(session)
    confirm(client, filled)
    session.update(before)
    session.save()

    response = confirm(client, filled)

    assert Appointment.objects.count() == 1
    assert response["Location"].startswith("/visits/")


def test_way_back_after_booking_says_it_is_booked(client: Client, filled: Appointment) -> None:
    confirm(client, filled)

    response = client.get(URL)

    assert "This visit is booked You do not need to confirm it again." in read(response)


def test_without_details_it_asks_for_them_first(client: Client, held: Appointment) -> None:
    response = client.get(URL, follow=True)

    assert response.redirect_chain == [("/book/details/?unfinished", 302)]
    assert "Please fill in what is missing." in read(response)


def test_kind_of_visit_that_asks_more_says_what_is_missing_and_keeps_the_rest(
    client: Client, filled: Appointment, practitioner: Practitioner, location: Location
) -> None:
    other_type = practice.make_visit_type(slug="nerve-test")
    practitioner.visit_types.add(other_type)
    question = IntakeQuestion.objects.create(
        visit_type=other_type, wording="Do you have a pacemaker?", kind="yes_no", is_required=True
    )
    walk.hold(client, visit_type=other_type, practitioner=practitioner, location=location, clock="11:00")

    response = client.get(URL, follow=True)

    html = response.content.decode()
    assert "There is a problem Please answer “Do you have a pacemaker?”" in read(response)
    assert read_title(response).startswith("Error: Your details")
    assert f'href="#id_intake_{question.pk}_0"' in html
    assert 'value="Jordan"' in html


@pytest.mark.django_db
def test_without_a_time_it_says_to_choose_one(client: Client) -> None:
    response = client.post(URL)

    assert response.status_code == 409
    assert "Please choose a time first" in read(response)


def test_confirm_of_another_tab_books_nothing(
    client: Client,
    filled: Appointment,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
) -> None:
    walk.hold(client, visit_type=visit_type, practitioner=practitioner, location=location, clock="11:00")

    response = confirm(client, filled)

    assert response.status_code == 409
    assert "You chose another time since" in read(response)
    assert "11:00 am" in read(response)
    assert not Appointment.objects.filter(status=Status.BOOKED).exists()


def test_hold_of_another_browser_cannot_be_confirmed(client: Client, filled: Appointment) -> None:
    response = confirm(Client(), filled)

    assert response.status_code == 409
    filled.refresh_from_db()
    assert filled.status == Status.PENDING


def test_hold_that_ran_out_can_be_confirmed_while_the_time_is_free(
    client: Client, filled: Appointment, clock: Any
) -> None:
    clock.shift(timedelta(minutes=40))

    response = confirm(client, filled)

    assert "Your appointment is booked" in read(client.get(response["Location"]))


def test_lost_time_keeps_the_answers_and_offers_the_nearest(
    client: Client, filled: Appointment, clock: Any, practitioner: Practitioner, location: Location
) -> None:
    clock.shift(timedelta(minutes=40))
    actions.book_visit(
        visit_type=filled.visit_type,
        practitioner=practitioner,
        location=location,
        start=filled.start,
        patient=practice.make_patient(),
        by=actions.Actor.system(),
    )

    response = confirm(client, filled)
    slots = read_slots(response)
    again = client.post(reverse("booking:hold", args=["new-patient"]), {"slot": slots[0]}, follow=True)

    assert response.status_code == 409
    assert "Your time was not kept" in read(response)
    assert len(slots) == 3
    assert "First name Jordan" in read(again)


def test_busy_database_leads_back_to_the_same_button(
    client: Client, filled: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_busy(**_: Any) -> None:
        raise actions.Busy

    monkeypatch.setattr(actions, "book", be_busy)

    response = confirm(client, filled)

    assert response.status_code == 503
    assert f'class="back" href="{URL}"' in response.content.decode()


def test_too_many_tries_get_a_sentence_and_the_phone_and_lose_nothing(
    client: Client, filled: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise actions.TooManyTries(retry_after=600)

    monkeypatch.setattr(actions, "book", refuse)

    response = confirm(client, filled)

    assert response.status_code == 429
    assert response["Retry-After"] == "600"
    assert "(212) 555-0142" in read(response)
    assert "First name Jordan" in read(client.get(URL))


def test_day_closed_meanwhile_gets_a_sentence(
    client: Client, filled: Appointment, practitioner: Practitioner
) -> None:
    practice.close(practitioner, practice.TUESDAY)

    response = confirm(client, filled)

    assert response.status_code == 409
    assert "We are closed at that time." in read(response)
    assert not Patient.objects.exists()


def test_too_many_coming_visits_send_to_the_phone(client: Client, filled: Appointment, settings: Any) -> None:
    settings.MAX_UPCOMING_VISITS = 0

    response = confirm(client, filled)

    page = read(response)
    assert response.status_code == 409
    assert "Please call us" in page
    assert "You can book up to 0 visits online." in page
    assert read_slots(response) == []


def test_network_that_booked_too_often_waits_or_calls_and_keeps_its_time(
    client: Client, filled: Appointment, settings: Any
) -> None:
    settings.MAX_BOOKINGS_PER_DAY = 0

    response = confirm(client, filled)

    filled.refresh_from_db()
    assert response.status_code == 429
    assert settings.CLINIC["phone"] in read(response)
    assert filled.is_hold
    assert not Patient.objects.exists()


def test_known_and_unknown_email_get_the_same_answer_and_the_known_patient_stays(
    client: Client, filled: Appointment
) -> None:
    known = practice.make_patient(given_name="Robin", email="jordan.ellis@example.org")
    unknown = Client()
    walk.hold(
        unknown,
        visit_type=filled.visit_type,
        practitioner=filled.practitioner,
        location=filled.location,
        clock="14:00",
    )
    other = Appointment.objects.exclude(pk=filled.pk).get()
    send_details(unknown, other, email="nobody@example.org")

    pages = []
    for browser, visit, time in ((client, filled, "10:00 am"), (unknown, other, "2:00 pm")):
        page = read(browser.get(confirm(browser, visit)["Location"]))
        pages.append(page.replace(visit.display_reference, "REFERENCE").replace(time, "TIME"))

    before = (known.given_name, known.birth_date, known.phone)
    known.refresh_from_db()
    filled.refresh_from_db()
    assert pages[0] == pages[1]
    assert (known.given_name, known.birth_date, known.phone) == before
    assert filled.patient != known


def test_clinician_who_left_meanwhile_is_told_with_the_others_times(
    client: Client, filled: Appointment, location: Location
) -> None:
    other = practice.make_practitioner(visit_types=[filled.visit_type], location=location, family_name="Osei")
    Practitioner.objects.filter(pk=filled.practitioner_id).update(is_active=False)

    response = confirm(client, filled)

    page = read(response)
    assert response.status_code == 409
    assert "What you have typed is kept." in page
    assert f"with {other.display_name}" in page
    assert "Fischer" not in page
    assert not Appointment.objects.visits().exists()


def test_visit_that_is_no_longer_offered_sends_to_the_phone_and_to_the_other_visits(
    client: Client, filled: Appointment
) -> None:
    VisitType.objects.update(is_public=False)

    response = confirm(client, filled)

    back = re.search(r'class="back" href="([^"]+)"', response.text)
    assert response.status_code == 409
    assert "This kind of visit cannot be booked online. Please call us." in read(response)
    assert back is not None
    assert client.get(back[1]).status_code == 200
    assert not Appointment.objects.visits().exists()


@pytest.mark.parametrize("address", [URL, "/book/details/"])
def test_way_back_from_a_visit_that_is_no_longer_offered_leads_somewhere(
    client: Client, filled: Appointment, address: str
) -> None:
    VisitType.objects.update(is_public=False)

    page = client.get(address)

    addresses = set(re.findall(r'href="(/book/[^"#]*)', page.text))
    assert {link: client.get(link).status_code for link in addresses} == dict.fromkeys(addresses, 200)


def test_browser_that_lost_its_session_is_not_told_that_its_answers_are_kept(
    client: Client, filled: Appointment
) -> None:
    client.session.flush()

    response = confirm(client, filled)

    assert response.status_code == 409
    assert "Please choose a time first" in read(response)
    assert "is kept" not in read(response)


@pytest.mark.django_db
def test_answers_that_are_kept_without_a_time_are_told(client: Client) -> None:
    response = client.post("/book/details/", walk.DETAILS)

    assert "Please choose a time first" in read(response)
    assert "What you have typed is kept for a while." in read(response)


def test_way_back_after_cancelling_does_not_say_that_it_is_booked(
    client: Client, filled: Appointment
) -> None:
    visit = confirm(client, filled)["Location"]
    client.post(f"{visit}cancel/")

    for address in (URL, "/book/details/"):
        response = client.get(address)

        assert read_title(response).startswith("This visit is cancelled")
        assert "You do not need to come." in read(response)
        assert "is booked" not in read(response)


def test_way_back_after_the_visit_says_that_it_has_passed(
    client: Client, held: Appointment, clock: Any, settings: Any
) -> None:
    settings.SESSION_COOKIE_AGE = 3 * 24 * 60 * 60
    send_details(client, held)
    confirm(client, held)
    clock.move_to(held.start + timedelta(hours=3))

    response = client.get(URL)

    assert read_title(response).startswith("This visit has passed")
    assert "is booked" not in read(response)
