"""Whole mails, compared with the files in expected/: a change of words shows up in review."""

import re
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from icalendar import Calendar

from booking import actions, links
from booking.actions import Actor
from booking.mail.messages import KINDS, compose_booked, find_patient_start
from booking.models import (
    Appointment,
    CancellationReason,
    ManageLink,
    Patient,
    RelatedPerson,
    VisitType,
)
from booking.tests import practice
from booking.tests.mail.bringing import bring_about
from booking.tests.mail.conftest import find_message
from booking.tests.mail.reading import LINK, compose_message, expected, read_part, read_preheader, tell
from outbox.deliver import deliver
from outbox.models import OutboxMessage, State
from outbox.registry import Superseded, compose_for

pytestmark = pytest.mark.django_db


def compose(kind: str) -> EmailMessage:
    """Compose the one message of a kind and read it back as a mail program would."""
    return compose_message(find_message(kind))


def move_to(appointment: Appointment, clock: str) -> Appointment:
    return actions.move(
        appointment=appointment,
        practitioner=appointment.practitioner,
        location=appointment.location,
        start=practice.at(clock),
        by=Actor.patient(),
    )


def cancel(appointment: Appointment, reason: CancellationReason) -> Appointment:
    return actions.cancel(appointment=appointment, reason=reason, by=Actor.staff(None))


# --- Words ---------------------------------------------------------------------


def test_booked_reads_as_expected(booked: Appointment):
    assert tell(compose("booking.booked")) == expected("booked")


def test_booked_by_video_has_no_address(booked: Appointment):
    VisitType.objects.update(mode=VisitType.Mode.TELEHEALTH, arrive_early=0)

    assert tell(compose("booking.booked")) == expected("booked-by-video")


def test_booked_by_video_tells_the_patients_clock_too(booked: Appointment):
    VisitType.objects.update(mode=VisitType.Mode.TELEHEALTH, arrive_early=0)
    Appointment.objects.update(patient_time_zone="America/Los_Angeles")

    email = compose("booking.booked")

    line = "On your clock: Tuesday, November 24, 6:20 am, Pacific Time (Los Angeles)"
    assert f"Eastern Time (New York)\n      {line}\nWith:" in read_part(email, "text/plain")
    assert line in read_part(email, "text/html").replace("&nbsp;", " ")


@pytest.mark.parametrize(
    "zone", ["", "America/New_York", "America/Toronto", "Mars/Olympus", "America", "../etc", "\0"]
)
def test_same_or_unknown_clock_is_not_told(booked: Appointment, zone: str):
    VisitType.objects.update(mode=VisitType.Mode.TELEHEALTH)
    booked.refresh_from_db()
    booked.visit_type.refresh_from_db()
    booked.patient_time_zone = zone

    assert find_patient_start(booked) is None


def test_at_the_clinic_only_its_clock_counts(booked: Appointment):
    Appointment.objects.update(patient_time_zone="America/Los_Angeles")

    assert "On your clock" not in read_part(compose("booking.booked"), "text/plain")


def test_booked_within_the_cutoff_asks_to_call(booked: Appointment):
    VisitType.objects.update(change_cutoff=48 * 60)

    assert tell(compose("booking.booked")) == expected("booked-within-cutoff")


def test_moved_tells_the_new_and_the_old_time(booked: Appointment):
    move_to(booked, "14:00")

    assert tell(compose("booking.moved")) == expected("moved")


def test_moved_twice_tells_the_time_before_the_last_move(booked: Appointment):
    move_to(move_to(booked, "14:00"), "15:00")

    email = KINDS["booking.moved"](OutboxMessage.objects.get(kind="booking.moved", version=2))

    assert "The old time, Tuesday, November 24, 2026, 2:00 pm, no longer holds." in email.body


def test_moved_tells_the_time_that_the_patient_was_told_last(booked: Appointment):
    OutboxMessage.objects.update(state=State.SENT, sent_at=timezone.now())
    move_to(move_to(booked, "14:00"), "15:00")

    email = KINDS["booking.moved"](OutboxMessage.objects.get(kind="booking.moved", version=2))

    assert "The old time, Tuesday, November 24, 2026, 9:20 am, no longer holds." in email.body


def test_moved_and_moved_back_before_anybody_was_told_is_told_as_it_is(booked: Appointment):
    OutboxMessage.objects.update(state=State.SENT, sent_at=timezone.now())
    move_to(move_to(booked, "14:00"), "09:20")

    email = KINDS["booking.moved"](OutboxMessage.objects.get(kind="booking.moved", version=2))

    assert "has moved" not in f"{email.subject} {email.body}"
    assert "Tuesday, November 24, 2026, 9:20 am" in email.body


def test_moved_to_somebody_else_at_the_same_time_says_so(booked: Appointment):
    OutboxMessage.objects.update(state=State.SENT, sent_at=timezone.now())
    colleague = practice.make_practitioner(
        visit_types=[booked.visit_type], location=booked.location, family_name="Osei"
    )
    actions.move(
        appointment=booked,
        practitioner=colleague,
        location=booked.location,
        start=booked.start,
        by=Actor.patient(),
    )

    email = compose("booking.moved")

    assert email["Subject"] == "Your appointment at Alder Street on Tue, Nov 24 has changed"
    text = read_part(email, "text/plain")
    assert "The time stays the same, but who sees you, or where, is new." in text
    assert "no longer holds" not in text
    assert "With: Dr. Lena Osei" in text


def test_moved_from_a_place_that_is_gone_tells_the_old_time(booked: Appointment):
    old = booked.location
    place = practice.make_location()
    colleague = practice.make_practitioner(visit_types=[booked.visit_type], location=place)
    actions.move(
        appointment=booked,
        practitioner=colleague,
        location=place,
        start=practice.at("14:00"),
        by=Actor.patient(),
    )
    old.rules.all().delete()
    old.delete()

    assert "9:20 am, no longer holds." in read_part(compose("booking.moved"), "text/plain")


def test_mail_that_waits_to_be_sent_again_has_told_its_time(booked: Appointment):
    OutboxMessage.objects.update(state=State.DROPPED, sent_at=timezone.now())
    move_to(move_to(booked, "14:00"), "15:00")

    email = KINDS["booking.moved"](OutboxMessage.objects.get(kind="booking.moved", version=2))

    assert "9:20 am, no longer holds." in email.body.replace("\N{NO-BREAK SPACE}", " ")


def test_moved_to_another_zone_tells_each_time_in_its_own(booked: Appointment):
    west = practice.make_location(time_zone="America/Los_Angeles")
    practice.add_hours(booked.practitioner, west, weekday=1, hours="09:00-17:00")
    actions.move(
        appointment=booked,
        practitioner=booked.practitioner,
        location=west,
        start=practice.at("13:00"),
        by=Actor.patient(),
    )

    text = read_part(compose("booking.moved"), "text/plain")

    assert "The old time, Tuesday, November 24, 2026, 9:20 am, no longer holds." in text
    assert "When: Tuesday, November 24, 2026, 10:00 am\n      Pacific Time (Los Angeles)\n" in text


def test_cancelled_by_the_patient_reads_as_expected(booked: Appointment):
    cancel(booked, CancellationReason.PATIENT)

    assert tell(compose("booking.cancelled")) == expected("cancelled-by-patient")


def test_cancelled_by_the_practice_says_sorry(booked: Appointment):
    cancel(booked, CancellationReason.PRACTICE)

    assert tell(compose("booking.cancelled")) == expected("cancelled-by-practice")


OLD_TIME = "The old time, Tuesday, November 24, 2026, 9:20 am, no longer holds."


def test_cancelled_before_its_move_was_told_names_the_time_that_the_patient_knows(booked: Appointment):
    OutboxMessage.objects.update(state=State.SENT, sent_at=timezone.now())
    cancel(move_to(booked, "14:00"), CancellationReason.PRACTICE)

    email = compose("booking.cancelled")

    assert "Your appointment on Tuesday, November 24, 2026, 2:00 pm, is cancelled." in read_part(
        email, "text/plain"
    )
    for kind in ("text/plain", "text/html"):
        assert OLD_TIME in " ".join(read_part(email, kind).replace("&nbsp;", " ").split())


def test_cancelled_after_its_move_was_told_names_one_time(booked: Appointment):
    moved = move_to(booked, "14:00")
    OutboxMessage.objects.update(state=State.SENT, sent_at=timezone.now())
    cancel(moved, CancellationReason.PRACTICE)

    assert "The old time" not in read_part(compose("booking.cancelled"), "text/plain")


@pytest.mark.parametrize("is_told", [False, True])
def test_on_again_after_a_move_says_so_unless_the_patient_knows_that_it_was_off(
    booked: Appointment, is_told: bool
):
    OutboxMessage.objects.update(state=State.SENT, sent_at=timezone.now())
    cancelled = cancel(move_to(booked, "14:00"), CancellationReason.PRACTICE)
    if is_told:
        OutboxMessage.objects.filter(version=2).update(state=State.SENT, sent_at=timezone.now())
    actions.undo(appointment=cancelled, by=Actor.staff(None))

    email = KINDS["booking.booked"](OutboxMessage.objects.get(kind="booking.booked", version=3))

    assert (OLD_TIME in email.body, "2:00 pm" in email.body) == (not is_told, True)


@pytest.mark.parametrize(
    ("name", "greeted"),
    [
        ("prizes.com", "prizes. com"),
        ("St.John", "St. John"),
        ("J. R.", "J. R."),
        ("Jordan Jr.", "Jordan Jr."),
    ],
)
def test_name_becomes_no_link_in_a_strangers_mailbox(booked: Appointment, name: str, greeted: str):
    Patient.objects.update(given_name=name)

    email = compose("booking.booked")

    assert f"Hello {greeted} O'Brien," in read_part(email, "text/plain")
    assert f"Hello {greeted} O" in read_part(email, "text/html")


# --- For somebody else -----------------------------------------------------------


@pytest.fixture
def daughter(booked: Appointment) -> RelatedPerson:
    """Who booked for the patient, and is written to; the patient has no address of their own."""
    Patient.objects.update(email="", phone="")
    daughter = RelatedPerson.objects.create(
        patient=Patient.objects.get(),
        name="Maria O'Brien",
        relationship=RelatedPerson.Relationship.CHILD,
        is_contact=True,
        phone="+12125550188",
        email="maria.obrien@example.org",
    )
    Appointment.objects.update(related_person=daughter)
    booked.refresh_from_db()
    return daughter


@pytest.mark.parametrize(
    ("kind", "wording"),
    [
        ("booking.booked", "booked-for-somebody"),
        ("booking.moved", "moved-for-somebody"),
        ("booking.cancelled", "cancelled-for-somebody"),
    ],
)
def test_mail_to_the_contact_says_whose_visit_it_is(
    booked: Appointment, daughter: RelatedPerson, kind: str, wording: str, clock: Any
):
    bring_about(booked, kind, clock=clock)

    email = compose(kind)

    assert email["To"] == "maria.obrien@example.org"
    assert tell(email) == expected(wording)


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_body_names_the_patient_and_the_contact(
    booked: Appointment, daughter: RelatedPerson, kind: str, clock: Any
):
    bring_about(booked, kind, clock=clock)

    email = compose(kind)

    html = read_part(email, "text/html")
    preheader = read_preheader(email)
    [title] = re.findall(r"<title>(.*?)</title>", html, re.DOTALL)
    calendar = "".join(
        part.get_content() for part in email.walk() if part.get_content_subtype() == "calendar"
    )
    calendar = calendar.replace("maria.obrien@example.org", "")
    headers = " ".join(value for name, value in email.items() if name != "To")
    outside = f"{headers} {preheader} {title} {calendar}"
    assert "This email is about the visit for Jordan." in html
    assert re.findall(r"(?i)jordan|brien", outside) == []


def test_related_person_who_is_not_the_contact_gets_no_mail(booked: Appointment, daughter: RelatedPerson):
    Patient.objects.update(email="jordan.obrien@example.org")
    RelatedPerson.objects.update(is_contact=False)

    email = compose("booking.booked")

    assert email["To"] == "jordan.obrien@example.org"
    assert tell(email) == expected("booked")


def test_contact_without_an_email_is_not_replaced_by_the_patient(
    booked: Appointment, daughter: RelatedPerson
):
    Patient.objects.update(email="jordan.obrien@example.org")
    RelatedPerson.objects.update(email="")

    with pytest.raises(Superseded):
        compose("booking.booked")


# --- Shape ----------------------------------------------------------------------


def describe_parts(email: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in email.walk()]


def test_mail_has_the_shape_that_calendars_look_for(booked: Appointment):
    email = compose("booking.booked")

    assert describe_parts(email) == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    [shown, attached] = list(email.walk())[4:]
    assert shown["Content-Type"].params["method"] == "REQUEST"
    assert attached.get_filename() == "invite.ics"
    assert attached.get_content().decode().splitlines() == shown.get_content().splitlines()


@pytest.mark.parametrize(
    ("kind", "method", "sequence"),
    [
        ("booking.booked", "REQUEST", 0),
        ("booking.moved", "REQUEST", 1),
        ("booking.cancelled", "CANCEL", 1),
    ],
)
def test_calendar_part_fits_the_message(booked: Appointment, kind: str, method: str, sequence: int):
    if kind == "booking.moved":
        move_to(booked, "14:00")
    if kind == "booking.cancelled":
        cancel(booked, CancellationReason.PATIENT)

    calendar = Calendar.from_ical(read_part(compose(kind), "text/calendar"))

    [event] = calendar.walk("VEVENT")
    assert (calendar["METHOD"], event["SEQUENCE"]) == (method, sequence)
    assert event["UID"] == str(booked.uid)


def test_envelope_is_neutral(booked: Appointment):
    email = compose("booking.booked")

    headers = {
        name: value for name, value in email.items() if name not in ("Date", "Message-ID", "Content-Type")
    }
    assert headers == {
        "MIME-Version": "1.0",
        "Subject": "Your appointment at Alder Street on Tue, Nov 24",
        "From": "Alder Street <appointments@clinic.example.org>",
        "To": "jordan.obrien@example.org",
        "Reply-To": "frontdesk@clinic.example.org",
        "Content-Language": "en",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_subject_and_preheader_tell_nothing_of_health_or_people(booked: Appointment, kind: str, clock: Any):
    bring_about(booked, kind, clock=clock)

    email = compose(kind)

    shown_in_lists = f"{email['Subject']} {read_preheader(email)}"
    assert re.findall(r"(?i)neuro|fischer|spasm|cramp|brien|1975|0177", shown_in_lists) == []


@pytest.mark.parametrize("kind", KINDS)
def test_mail_tells_neither_reason_nor_birth_date_nor_phone(booked: Appointment, kind: str, clock: Any):
    bring_about(booked, kind, clock=clock)

    email = compose(kind)

    everything = read_part(email, "text/plain") + read_part(email, "text/html")
    assert re.findall(r"(?i)cramps in the calf|1975|September 28|0177", everything) == []


def test_html_needs_no_stylesheet_and_no_other_host(booked: Appointment):
    html = read_part(compose("booking.booked"), "text/html")

    assert '<html lang="en">' in html
    assert "<style" not in html
    assert '<h1 style="margin: 0 0 16px;' in html
    assert set(re.findall(r'(?:src|href)="([^"]+)"', LINK.sub("LINK", html))) == {"LINK", "tel:+12125550142"}


def test_html_escapes_what_people_typed(booked: Appointment):
    Patient.objects.update(given_name="<script>alert(1)</script>")

    html = read_part(compose("booking.booked"), "text/html")

    assert "<script" not in html
    assert "Hello &lt;script&gt;alert(1)&lt;/script&gt; O'Brien," in html


# --- Links ----------------------------------------------------------------------


def test_mailed_link_opens_the_visit(booked: Appointment):
    [token] = LINK.findall(read_part(compose("booking.booked"), "text/plain"))

    assert links.find(token) == booked


def test_each_composing_makes_a_link_and_keeps_the_others(booked: Appointment):
    [first] = LINK.findall(read_part(compose("booking.booked"), "text/plain"))
    [second] = LINK.findall(read_part(compose("booking.booked"), "text/plain"))

    assert first != second
    assert [links.find(first), links.find(second)] == [booked, booked]


def test_cancelled_has_no_manage_link(booked: Appointment):
    cancel(booked, CancellationReason.PATIENT)

    email = compose("booking.cancelled")

    assert LINK.findall(read_part(email, "text/plain")) == []
    assert not ManageLink.objects.exists()


# --- Language --------------------------------------------------------------------


def test_mail_is_in_the_language_of_the_patient(booked: Appointment):
    Appointment.objects.update(language="es")

    email = compose("booking.booked")

    assert email["Content-Language"] == "es"
    assert '<html lang="es">' in read_part(email, "text/html")
    assert email["Subject"] == "Su cita en Alder Street el mar 24 nov"
    assert "noviembre" in read_part(email, "text/plain")


@pytest.mark.parametrize("language", ["tlh", "", "en\r\nBcc"])
def test_unknown_language_falls_back(booked: Appointment, language: str):
    Appointment.objects.update(language=language)

    assert compose("booking.booked")["Content-Language"] == "en"


# --- Injection -------------------------------------------------------------------


def test_line_breaks_in_names_reach_no_header(booked: Appointment, settings: Any):
    settings.CLINIC = {**settings.CLINIC, "short_name": "Alder\r\nBcc: eve@example.org"}
    Patient.objects.update(given_name="Jordan\r\nBcc: eve@example.org")

    email = compose("booking.booked")

    assert email["Subject"] == "Your appointment at Alder Bcc: eve@example.org on Tue, Nov 24"
    assert email["Bcc"] is None
    assert email["To"] == "jordan.obrien@example.org"


def test_line_breaks_in_an_address_stop_the_mail(booked: Appointment):
    Patient.objects.update(email="jordan@example.org\r\nBcc: eve@example.org")

    deliver(find_message("booking.booked").pk)

    assert mail.outbox == []
    assert find_message("booking.booked").state == State.DEAD


# --- Superseded --------------------------------------------------------------------


def test_booked_is_dropped_after_a_move(booked: Appointment):
    move_to(booked, "14:00")

    with pytest.raises(Superseded):
        compose("booking.booked")


def test_moved_is_dropped_after_a_cancellation(booked: Appointment):
    cancel(move_to(booked, "14:00"), CancellationReason.PATIENT)

    with pytest.raises(Superseded):
        compose("booking.moved")


def test_cancelled_is_dropped_when_the_cancellation_was_undone(booked: Appointment):
    actions.undo(appointment=cancel(booked, CancellationReason.PRACTICE), by=Actor.staff(None))

    with pytest.raises(Superseded):
        compose("booking.cancelled")


def test_booked_is_dropped_when_the_patient_has_arrived(booked: Appointment):
    actions.arrive(appointment=booked, by=Actor.staff(None))

    with pytest.raises(Superseded):
        compose("booking.booked")


def test_booked_is_dropped_when_the_visit_is_over(booked: Appointment, clock: Any):
    clock.move_to(booked.end + timedelta(seconds=1))

    with pytest.raises(Superseded):
        compose("booking.booked")


def test_booked_is_dropped_when_the_email_was_removed(booked: Appointment):
    Patient.objects.update(email="")

    with pytest.raises(Superseded):
        compose("booking.booked")


def test_message_about_nothing_is_dropped(booked: Appointment):
    gone = OutboxMessage(kind="booking.booked", subject_id=0, version=0, recipient="patient")

    with pytest.raises(Superseded):
        compose_booked(gone)


def test_superseded_message_makes_no_link(booked: Appointment):
    move_to(booked, "14:00")

    with pytest.raises(Superseded):
        compose("booking.booked")

    assert not ManageLink.objects.exists()


# --- Through the outbox -------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_kind_is_registered(kind: str):
    assert compose_for(kind) is KINDS[kind]


def test_booked_leaves_through_the_outbox(booked: Appointment):
    message = find_message("booking.booked")

    deliver(message.pk)

    [sent] = mail.outbox
    assert sent.to == ["jordan.obrien@example.org"]
    assert sent.extra_headers["Message-ID"] == message.message_id
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    message.refresh_from_db()
    assert (message.state, message.sent_at) == (State.SENT, timezone.now())
