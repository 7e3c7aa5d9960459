"""/admin/desk/waitlist/add/ and a visit's wish for an earlier time, as staff write them down for a caller."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Entry
from booking import actions, waiting
from booking.actions import Actor
from booking.models import Appointment, Patient, RelatedPerson, Source, VisitType, WaitlistEntry
from booking.tests import practice
from booking.tests.desk.conftest import HTMX, read_outcomes
from booking.tests.desk.test_day import read_text
from booking.tests.desk.test_slip import BOOK, NEW
from outbox.models import OutboxMessage

ADD = "/admin/desk/waitlist/add/"
WISH = {
    "has_wish": "yes",
    "wish-weekdays": ["0", "1"],
    "wish-part_of_day": "morning",
    "wish-until": "14",
    "wish-until_day": "",
    "wish-notice": "120",
}


@pytest.fixture
def known(visit: Appointment, other_patient: Patient) -> dict[str, Any]:
    """All that is needed for a known patient."""
    return {"patient": other_patient.pk, "visit_type": visit.visit_type_id, **WISH}


@pytest.fixture
def new(visit: Appointment) -> dict[str, Any]:
    return {"visit_type": visit.visit_type_id, **NEW, **WISH}


def keep(client: Client, sent: dict[str, Any], **more: Any) -> Any:
    return client.post(ADD, {**sent, "keep": "yes", **more}, follow=True)


def read(response: Any) -> str:
    return read_text(response.content.decode())


# --- Who and what, in any order --------------------------------------------------------


def test_waitlist_leads_to_the_page(desk: Client, visit: Appointment) -> None:
    listed = desk.get(reverse("desk:waitlist")).content.decode()

    told = read(desk.get(ADD))

    assert f'href="{ADD}"' in listed
    assert "Who Name, birth date, phone or reference Find New patient What Visit type" in told
    assert "What would help" not in told


def test_patients_are_found_as_on_the_slip(desk: Client, visit: Appointment, other_patient: Patient) -> None:
    found = desk.post(ADD, {"words": "hart", "find": "yes"})
    picked = desk.post(ADD, {"words": "hart", "pick_patient": other_patient.pk})

    assert f'name="pick_patient" value="{other_patient.pk}"' in found.content.decode()
    assert picked.context["slip"].patient == other_patient


def test_type_of_visit_says_what_can_be_wished(desk: Client, visit: Appointment) -> None:
    practice.make_practitioner(
        visit_types=[visit.visit_type], location=visit.location, given_name="Amara", family_name="Osei"
    )

    told = read(desk.post(ADD, {"visit_type": visit.visit_type_id, "type": "yes"}))

    assert "With whom (no tick: anybody) Dr. Lena Fischer Dr. Amara Osei" in told
    assert "They may be written to at night too" in told


def test_type_that_nobody_offers_cannot_be_waited_for(desk: Client, visit: Appointment) -> None:
    unused = practice.make_visit_type(name="Sleep lab")

    page = desk.post(ADD, {"visit_type": unused.pk, "type": "yes"})

    assert page.context["slip"].wish is None
    assert "Sleep lab" not in read(page)


def test_page_asks_no_more_for_three_types_than_for_one(desk: Client, visit: Appointment) -> None:
    desk.get(ADD)
    with CaptureQueriesContext(connection) as one:
        desk.get(ADD)
    for _ in range(2):
        visit.practitioner.visit_types.add(practice.make_visit_type())

    with CaptureQueriesContext(connection) as three:
        desk.get(ADD)

    assert len(three) == len(one)


def test_slip_of_a_visit_sends_what_is_written_there(desk: Client, visit: Appointment) -> None:
    sent = {"visit_type": visit.visit_type_id, "has_notes": "yes", **NEW}
    slip = desk.post(BOOK, {**sent, "times": "yes"}).content.decode()

    page = desk.post(ADD, sent)

    assert f'formaction="{ADD}"' in slip
    assert page.status_code == 200
    assert 'value="Moss"' in page.content.decode()
    assert page.context["slip"].wish is not None


# --- On the list ------------------------------------------------------------------------


def test_known_patient_waits_as_they_said(
    desk: Client, visit: Appointment, other_patient: Patient, known: dict[str, Any]
) -> None:
    response = keep(desk, known)

    entry = WaitlistEntry.objects.get()
    assert (entry.patient, entry.visit_type, entry.source) == (other_patient, visit.visit_type, Source.STAFF)
    assert (entry.weekdays, entry.part_of_day, entry.notice) == ([0, 1], "morning", 120)
    assert entry.until == practice.NOW.date() + timedelta(days=14)
    assert (entry.consented_at, entry.consent_wording) == (None, "")
    assert response.redirect_chain == [(reverse("desk:waitlist"), 302)]
    assert read_outcomes(response) == [
        "On the waitlist: number 1 for this type of visit. Times that fit are offered by email."
    ]
    assert "Robin Hart" in read(response)
    assert OutboxMessage.objects.get(kind=waiting.JOINED).subject_id == entry.pk


def test_new_patient_is_made_with_the_wish(desk: Client, new: dict[str, Any]) -> None:
    response = keep(desk, new, language="es", **{"wish-until_day": "2026-12-18"})

    entry = WaitlistEntry.objects.get()
    assert (entry.patient.full_name, entry.patient.birth_date) == ("Casey Moss", date(1980, 2, 29))
    assert entry.language == entry.patient.language == "es"
    assert entry.until == date(2026, 12, 18)
    assert "There is no email: offers are to be told by phone." in read_outcomes(response)[0]
    assert not OutboxMessage.objects.filter(kind=waiting.JOINED).exists()


def test_place_in_line_counts_those_who_wait_longer(
    desk: Client, visit: Appointment, known: dict[str, Any], new: dict[str, Any]
) -> None:
    keep(desk, known)

    response = keep(desk, new)

    assert "number 2 for this type of visit" in read_outcomes(response)[0]


def test_somebody_else_asks_for_a_new_patient(desk: Client, new: dict[str, Any]) -> None:
    keep(
        desk,
        new,
        **{"new-related_name": "Kim Moss", "new-relationship": "parent", "new-is_contact": "on"},
    )

    entry = WaitlistEntry.objects.get()
    assert entry.contact == RelatedPerson.objects.get(name="Kim Moss")
    assert (entry.patient.phone, entry.contact.phone) == ("", "+12125550143")


def test_somebody_known_asks_for_a_known_patient(
    desk: Client, other_patient: Patient, known: dict[str, Any]
) -> None:
    person = RelatedPerson.objects.create(patient=other_patient, name="Casey Hart", relationship="child")

    keep(desk, known, related_person=person.pk)

    assert WaitlistEntry.objects.get().related_person == person


def test_another_patient_is_written_to_in_their_own_language(
    desk: Client, other_patient: Patient, known: dict[str, Any]
) -> None:
    Patient.objects.filter(pk=other_patient.pk).update(language="es")

    page = desk.post(ADD, {**known, "asked_about": "new", "language": "en", "look": "yes"})

    assert page.context["slip"].asker["language"].value() == "es"


def test_in_the_panel_the_browser_is_sent_to_the_list(desk: Client, known: dict[str, Any]) -> None:
    response = desk.post(ADD, {**known, "keep": "yes"}, headers=HTMX)

    assert response.headers["HX-Redirect"] == reverse("desk:waitlist")
    assert WaitlistEntry.objects.exists()


# --- Mistakes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("missing", "problem"),
    [
        ("patient", "Choose the patient, or write down a new one."),
        ("visit_type", "Choose the type of visit."),
        ("has_wish", "Look again at what would help."),
    ],
)
def test_what_is_missing_is_named(desk: Client, known: dict[str, Any], missing: str, problem: str) -> None:
    del known[missing]

    response = keep(desk, known)

    assert response.status_code == 422
    assert response.context["slip"].problems == [problem]
    assert not WaitlistEntry.objects.exists()


def test_mistakes_are_told_with_the_page_as_typed(desk: Client, new: dict[str, Any]) -> None:
    response = keep(desk, new, **{"new-phone": "12", "wish-until_day": "soon", "wish-notice": ""})

    html = response.content.decode()
    assert response.status_code == 422
    assert response.context["slip"].problems == [
        "Fill in what is missing about the new patient.",
        "Look again at what would help.",
    ]
    assert 'value="Casey"' in html
    assert 'value="soon"' in html
    assert "Enter a day like December 18." in html
    assert "Choose how soon they can come." in html
    assert not Patient.objects.filter(family_name="Moss").exists()


def test_mistakes_show_in_the_panel_too(desk: Client, known: dict[str, Any]) -> None:
    del known["patient"]

    response = desk.post(ADD, {**known, "keep": "yes"}, headers=HTMX)

    # htmx leaves the panel as it is where the answer is an error.
    assert response.status_code == 200
    assert "Not on the list yet" in read(response)


def test_new_patient_who_may_be_here_is_asked_about(
    desk: Client, new: dict[str, Any], other_patient: Patient
) -> None:
    Patient.objects.filter(pk=other_patient.pk).update(
        given_name="Casey", family_name="Moss", birth_date=date(1980, 2, 29)
    )

    asked = keep(desk, new)
    kept = keep(desk, new, is_somebody_else="on")

    assert asked.status_code == 422
    assert "May already be here" in read(asked)
    assert kept.status_code == 200
    assert WaitlistEntry.objects.get().patient != other_patient


# --- Once for each type of visit ----------------------------------------------------------


def test_second_wish_for_the_same_type_is_refused_in_words(desk: Client, known: dict[str, Any]) -> None:
    keep(desk, known)
    entry = WaitlistEntry.objects.get()

    response = keep(desk, known, **{"wish-part_of_day": "afternoon"})

    assert response.status_code == 422
    assert read_outcomes(response) == ["The patient is on the waitlist for this type of visit already."]
    assert f'href="{reverse("desk:wish", args=[entry.pk])}"' in response.content.decode()
    assert WaitlistEntry.objects.get().part_of_day == "morning"


def test_new_patient_with_the_same_name_and_phone_waits_once(desk: Client, new: dict[str, Any]) -> None:
    keep(desk, new)

    response = keep(desk, new, is_somebody_else="on", **{"wish-part_of_day": "afternoon"})

    assert response.status_code == 422
    assert WaitlistEntry.objects.count() == Patient.objects.filter(family_name="Moss").count() == 1


def test_button_pressed_twice_makes_one_entry(desk: Client, known: dict[str, Any]) -> None:
    for _ in range(2):
        response = keep(desk, known)
        assert "number 1 for this type of visit" in read_outcomes(response)[0]

    assert WaitlistEntry.objects.count() == 1


def test_another_type_can_be_waited_for_too(
    desk: Client, visit: Appointment, other_patient: Patient, known: dict[str, Any]
) -> None:
    other = practice.make_visit_type(name="Follow-up")
    visit.practitioner.visit_types.add(other)
    keep(desk, known)

    response = keep(desk, known, visit_type=other.pk)

    assert response.status_code == 200
    assert other_patient.waitlist_entries.count() == 2


def test_wish_that_ended_stands_in_nobodys_way(desk: Client, known: dict[str, Any]) -> None:
    keep(desk, known)
    waiting.leave_waitlist(entry=WaitlistEntry.objects.get(), by=Actor.staff(None))

    response = keep(desk, known, **{"wish-part_of_day": "any"})

    assert response.status_code == 200
    assert WaitlistEntry.objects.waiting().count() == 1


def test_patient_merged_meanwhile_is_refused(visit_type: VisitType, clock: Any, receptionist: Any) -> None:
    kept, merged = practice.make_patient(), practice.make_patient()
    actions.merge_patients(kept=kept, merged=merged, by=Actor.staff(receptionist))

    with pytest.raises(actions.PatientMerged):
        waiting.add_caller(
            visit_type=visit_type,
            patient=merged,
            related_person=None,
            wish=waiting.Wish(until=date(2026, 12, 18), part_of_day="any", notice=120),
            language="en",
            by=Actor.staff(receptionist),
        )


# --- Who may ------------------------------------------------------------------------------


def let_in(client: Client, user: Any, *permissions: str) -> None:
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["change_appointment", "change_waitlistentry", *permissions])
    )
    client.force_login(user)


@pytest.fixture
def clinician(client: Client, visit: Appointment, django_user_model: Any) -> Any:
    """An account that may do all this, and sees its own patients alone: Jordan Ellis."""
    user = django_user_model.objects.create_user("lena", is_staff=True)
    visit.practitioner.user = user
    visit.practitioner.save()
    let_in(client, user, "view_waitlistentry", "view_patient")
    return user


def test_clinician_adds_their_own_patients_only(
    client: Client, clinician: Any, visit: Appointment, known: dict[str, Any]
) -> None:
    searched = client.post(ADD, {"words": "hart", "find": "yes"})
    foreign = keep(client, known)
    own = keep(client, known, patient=visit.patient_id)

    assert "Robin Hart" not in read(searched)
    assert foreign.status_code == 422
    assert "Robin Hart" not in read(foreign)
    assert own.status_code == 200
    assert WaitlistEntry.objects.get().patient_id == visit.patient_id


def test_clinician_asks_for_earlier_times_of_their_own_visits_only(
    client: Client, clinician: Any, visit: Appointment, other_patient: Patient
) -> None:
    colleague = practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)
    foreign = actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=colleague,
        location=visit.location,
        start=visit.start,
        patient=other_patient,
        by=Actor.system(),
    )

    answers = [client.get(reverse("desk:earlier", args=[one.pk])).status_code for one in (visit, foreign)]

    assert answers == [200, 404]


@pytest.mark.parametrize("permissions", [[], ["view_patient"]])
def test_new_patients_and_searches_need_their_own_rights(
    client: Client, new: dict[str, Any], django_user_model: Any, permissions: list[str]
) -> None:
    user = django_user_model.objects.create_user("half", is_staff=True)
    let_in(client, user, *permissions)

    assert client.get(ADD).status_code == (200 if permissions else 403)
    assert keep(client, new).status_code == 403
    assert not WaitlistEntry.objects.exists()


def test_onlooker_of_the_list_is_offered_no_button(
    client: Client, visit: Appointment, django_user_model: Any
) -> None:
    user = django_user_model.objects.create_user("onlooker", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(
            codename__in=["change_appointment", "view_every_visit", "view_waitlistentry", "view_patient"]
        )
    )
    client.force_login(user)

    listed = client.get(reverse("desk:waitlist")).content.decode()
    panel = client.get(reverse("desk:visit", args=[visit.pk])).content.decode()

    assert ADD not in listed
    assert reverse("desk:earlier", args=[visit.pk]) not in panel
    assert client.get(ADD).status_code == 403


def test_whom_the_page_shows_is_recorded(desk: Client, known: dict[str, Any], other_patient: Patient) -> None:
    desk.post(ADD, known)

    entry = Entry.objects.get(page="desk:waitlist-add", kind=Entry.Kind.OPENED)
    assert entry.patient_id == other_patient.pk


# --- An earlier time for a visit ------------------------------------------------------------


@pytest.fixture
def coming(visit: Appointment, receptionist: Any) -> Appointment:
    """The visit, a week later."""
    return actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=visit.start + timedelta(days=7),
        by=Actor.staff(receptionist),
    )


def ask(client: Client, visit: Appointment, **more: Any) -> Any:
    sent = {"version": visit.version, "from": visit.status, **WISH, **more}
    return client.post(reverse("desk:earlier", args=[visit.pk]), sent, follow=True)


def test_panel_asks_for_an_earlier_time(desk: Client, coming: Appointment) -> None:
    panel = desk.get(reverse("desk:visit", args=[coming.pk])).content.decode()

    response = ask(desk, coming)

    entry = WaitlistEntry.objects.get()
    assert reverse("desk:earlier", args=[coming.pk]) in panel
    assert (entry.appointment, entry.patient, entry.source) == (coming, coming.patient, Source.STAFF)
    assert (entry.weekdays, entry.part_of_day) == ([0, 1], "morning")
    assert entry.until == date(2026, 11, 30)
    assert "On the waitlist: number 1 for this type of visit." in read_outcomes(response)[0]
    assert f'href="{reverse("desk:wish", args=[entry.pk])}"' in response.content.decode()


def test_asking_again_changes_the_wish(desk: Client, coming: Appointment) -> None:
    ask(desk, coming)
    shown = desk.get(reverse("desk:earlier", args=[coming.pk])).context["form"]

    ask(desk, coming, **{"wish-part_of_day": "afternoon"})

    assert shown["part_of_day"].value() == "morning"
    assert WaitlistEntry.objects.get().part_of_day == "afternoon"


def test_mistake_in_the_wish_is_told(desk: Client, coming: Appointment) -> None:
    response = ask(desk, coming, **{"wish-notice": "1", "wish-part_of_day": "afternoon"})

    assert response.status_code == 422
    assert "Choose how soon they can come." in read(response)
    assert response.context["form"]["part_of_day"].value() == "afternoon"
    assert not WaitlistEntry.objects.exists()


def test_visit_that_was_changed_meanwhile_keeps_no_wish(desk: Client, coming: Appointment) -> None:
    response = ask(desk, coming, version=coming.version - 1)

    assert "Somebody else has just changed this visit." in read_outcomes(response)[0]
    assert not WaitlistEntry.objects.exists()


def test_visit_of_today_has_no_earlier_time(desk: Client, visit: Appointment, clock: Any) -> None:
    clock.shift(timedelta(days=1))

    panel = desk.get(reverse("desk:visit", args=[visit.pk])).content.decode()
    response = ask(desk, visit)

    assert reverse("desk:earlier", args=[visit.pk]) not in panel
    assert read_outcomes(response) == ["Only a booked visit can be earlier, and not if it is today."]
    assert not WaitlistEntry.objects.exists()


def test_caller_who_has_such_a_visit_may_want_it_earlier(desk: Client, coming: Appointment) -> None:
    sent = {"patient": coming.patient_id, "visit_type": coming.visit_type_id}

    page = desk.post(ADD, sent)

    assert "The patient has such a visit on Tue, Dec 1, 10:00 am." in read(page)
    assert f'href="{reverse("desk:earlier", args=[coming.pk])}"' in page.content.decode()
