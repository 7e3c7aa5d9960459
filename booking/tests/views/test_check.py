"""Step 4: every answer once more, and the one POST that books."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

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
from booking.tests.views.walk import confirm, read, read_title, send_details

URL = "/book/check/"


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
