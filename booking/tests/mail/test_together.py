"""One mail about several visits: all dates, one file, and nothing that no longer holds."""

import re
from dataclasses import replace
from datetime import date, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.core import mail
from icalendar import Calendar

from booking import actions
from booking.actions import Actor, Wanted
from booking.mail import together
from booking.mail.together import compose_booked_together
from booking.models import Appointment, CancellationReason, Chain, ManageLink, VisitType
from booking.tests import practice
from booking.tests.mail.libical import Libical
from booking.tests.mail.reading import LINK, compose_message, read_part
from outbox.deliver import deliver
from outbox.models import OutboxMessage, State
from outbox.registry import Superseded

pytestmark = pytest.mark.django_db

BY_STAFF = Actor.staff(None)
# Sundays of the change of clocks lie between these: they are at 9:20 am all the same.
DAYS = [date(2027, 3, 9), date(2027, 3, 16), date(2027, 3, 23)]


@pytest.fixture
def several(booked: Appointment) -> list[Appointment]:
    """Three Tuesdays of the patient of `booked`, around the change of clocks."""
    wanted = Wanted(
        visit_type=booked.visit_type,
        practitioner=booked.practitioner,
        location=booked.location,
        start=booked.start,
        horizon=730,
    )
    visits = [replace(wanted, start=practice.at("09:20", day)) for day in DAYS]
    assert booked.patient is not None
    return actions.book_together(visits=visits, every_weeks=1, patient=booked.patient, by=BY_STAFF)


def find(kind: str = "booking.booked_together") -> OutboxMessage:
    return OutboxMessage.objects.get(kind=kind)


def read_events(email: EmailMessage) -> list[Any]:
    [part] = [part for part in email.walk() if part.get_content_type() == "text/calendar"]
    calendar = Calendar.from_ical(part.get_content())
    assert calendar["METHOD"] == "PUBLISH"
    return list(calendar.walk("VEVENT"))


def move(visit: Appointment, days: int = 1, tell: bool = True) -> Appointment:
    return actions.move(
        appointment=Appointment.objects.with_parts().get(pk=visit.pk),
        practitioner=visit.practitioner,
        location=visit.location,
        start=visit.start + timedelta(days=days),
        by=BY_STAFF,
        override=actions.SETTABLE_ASIDE,
        tell=tell,
    )


def test_all_dates_stand_in_one_mail_each_with_a_link(several: list[Appointment]) -> None:
    email = compose_message(find())

    text = read_part(email, "text/plain")
    for day in ("9", "16", "23"):
        assert f"Tuesday, March {day}, 2027, 9:20 am" in text
    assert len(set(LINK.findall(text))) == 3
    assert {*ManageLink.objects.values_list("appointment", flat=True)} == {visit.pk for visit in several}
    for visit in several:
        assert f"Booking reference: {visit.display_reference}" in text
    assert email["Subject"] == "Your appointments at Alder Street"


def test_file_has_each_visit_with_the_uid_and_sequence_of_its_own_invitation(
    several: list[Appointment], libical: Libical
) -> None:
    email = compose_message(find())

    events = read_events(email)
    [part] = [part for part in email.walk() if part.get_content_type() == "text/calendar"]
    assert part.get_filename() == "appointments.ics"
    assert [event["DTSTART"].dt for event in events] == [visit.start for visit in several]
    assert [str(event["UID"]) for event in events] == [str(visit.uid) for visit in several]
    assert {(event["SEQUENCE"], event["STATUS"]) for event in events} == {(0, "CONFIRMED")}
    assert not any("ATTENDEE" in event for event in events)
    assert libical.find_complaints(part.get_content().encode()) == []


def test_later_move_updates_the_same_event(several: list[Appointment]) -> None:
    deliver(find().pk)
    moved = move(several[1])

    email = compose_message(find("booking.moved"))

    [event] = Calendar.from_ical(read_part(email, "text/calendar")).walk("VEVENT")
    assert event["UID"] == str(moved.uid)
    assert event["SEQUENCE"] == 1
    assert "The old time, Tuesday, March 16, 2027, 9:20 am, no longer holds." in read_part(
        email, "text/plain"
    )


def test_move_and_back_before_it_was_told_tells_the_visit_as_it_is(several: list[Appointment]) -> None:
    deliver(find().pk)
    back = actions.move_back(appointment=move(several[1]), by=BY_STAFF)

    email = compose_message(OutboxMessage.objects.get(kind="booking.moved", version=back.version))

    assert "Your appointment is booked." in read_part(email, "text/plain")


@pytest.mark.parametrize("tell", [True, False])
def test_what_moved_before_it_left_is_left_out_and_told_by_itself(
    several: list[Appointment], tell: bool
) -> None:
    moved = move(several[1], tell=tell)

    text = read_part(compose_message(find()), "text/plain")

    assert "March 16" not in text
    assert len(set(LINK.findall(text))) == 2
    assert OutboxMessage.objects.filter(kind="booking.moved", subject_id=moved.pk, version=1).exists()


def test_what_was_cancelled_or_is_over_is_left_out(several: list[Appointment], clock: Any) -> None:
    actions.cancel(appointment=several[2], reason=CancellationReason.PATIENT, by=BY_STAFF)
    Appointment.objects.filter(pk=several[0].pk).update(status="entered_in_error")

    email = compose_message(find())

    # One is left: it is told as one visit is, and can be accepted as one.
    assert "Your appointment is booked." in read_part(email, "text/plain")
    calendar = Calendar.from_ical(read_part(email, "text/calendar"))
    assert (calendar["METHOD"], calendar.walk("VEVENT")[0]["DTSTART"].dt) == ("REQUEST", several[1].start)


def test_nothing_leaves_where_nothing_holds(several: list[Appointment]) -> None:
    actions.cancel_together(visits=several, reason=CancellationReason.PATIENT, by=BY_STAFF)

    with pytest.raises(Superseded):
        compose_booked_together(find())
    deliver(find().pk)

    assert find().state == State.DROPPED


def test_visit_that_moves_while_the_mail_is_composed_is_left_out(
    several: list[Appointment], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading the visits and making their links, one moves."""
    explain = together.explain_visit

    def explain_late(visit: Appointment) -> dict[str, Any]:
        if visit.pk == several[1].pk:
            Appointment.objects.filter(pk=visit.pk).update(version=1)
        return explain(visit)

    monkeypatch.setattr(together, "explain_visit", explain_late)

    text = read_part(compose_message(find()), "text/plain")

    assert "March 16" not in text
    assert "March 23" in text


def test_cancelled_ones_are_named_and_marked_in_the_file(
    several: list[Appointment], libical: Libical
) -> None:
    actions.cancel_together(visits=several[1:], reason=CancellationReason.PRACTICE, by=BY_STAFF)

    email = compose_message(find("booking.cancelled_together"))

    text = read_part(email, "text/plain")
    assert "March 9," not in text
    assert re.findall(r"- (Tuesday, March \d+, 2027, 9:20 am)", text) == [
        "Tuesday, March 16, 2027, 9:20 am",
        "Tuesday, March 23, 2027, 9:20 am",
    ]
    assert "We had to cancel them, and we are sorry." in text
    events = read_events(email)
    assert [(event["SEQUENCE"], event["STATUS"]) for event in events] == [(1, "CANCELLED")] * 2
    [part] = [part for part in email.walk() if part.get_content_type() == "text/calendar"]
    assert libical.find_complaints(part.get_content().encode()) == []


def test_of_one_that_moved_untold_before_the_old_time_is_named_too(several: list[Appointment]) -> None:
    deliver(find().pk)
    moved = move(several[1])
    actions.cancel_together(visits=[moved, several[2]], reason=CancellationReason.PRACTICE, by=BY_STAFF)

    email = compose_message(find("booking.cancelled_together"))

    old = "The old time, Tuesday, March 16, 2027, 9:20 am, no longer holds."
    text = read_part(email, "text/plain")
    assert "- Wednesday, March 17, 2027, 9:20 am" in text
    assert text.count("The old time") == 1
    for part in (text, read_part(email, "text/html").replace("&nbsp;", " ")):
        assert old in part


def test_what_came_back_is_not_told_as_cancelled(several: list[Appointment]) -> None:
    actions.cancel_together(visits=several, reason=CancellationReason.PATIENT, by=BY_STAFF)
    actions.undo(appointment=Appointment.objects.with_parts().get(pk=several[0].pk), by=BY_STAFF)

    text = read_part(compose_message(find("booking.cancelled_together")), "text/plain")

    assert "March 9," not in text
    assert "March 16," in text
    told = OutboxMessage.objects.get(kind="booking.booked", subject_id=several[0].pk)
    assert told.version == 2


def test_what_came_back_and_was_cancelled_by_itself_is_told_by_itself(several: list[Appointment]) -> None:
    actions.cancel_together(visits=several, reason=CancellationReason.PATIENT, by=BY_STAFF)
    back = actions.undo(appointment=Appointment.objects.with_parts().get(pk=several[0].pk), by=BY_STAFF)
    actions.cancel(appointment=back, reason=CancellationReason.PATIENT, by=BY_STAFF)

    text = read_part(compose_message(find("booking.cancelled_together")), "text/plain")

    assert "March 9," not in text


def test_one_that_is_still_cancelled_is_told_as_one_visit_is(several: list[Appointment]) -> None:
    actions.cancel_together(visits=several[1:], reason=CancellationReason.PATIENT, by=BY_STAFF)
    actions.undo(appointment=Appointment.objects.with_parts().get(pk=several[1].pk), by=BY_STAFF)

    email = compose_message(find("booking.cancelled_together"))

    assert Calendar.from_ical(read_part(email, "text/calendar"))["METHOD"] == "CANCEL"


def test_mail_of_a_chain_says_what_the_two_are(booked: Appointment) -> None:
    by_video = practice.make_visit_type(
        mode=VisitType.Mode.TELEHEALTH, preparation="Bring your photo ID.\nSit in good light."
    )
    chain = Chain.objects.create(
        name="Test, then talk",
        summary="First <the test>, then we talk.",
        first=booked.visit_type,
        second=by_video,
    )
    booked.practitioner.visit_types.add(by_video)
    usual = {"practitioner": booked.practitioner, "location": booked.location}
    assert booked.patient is not None
    actions.book_together(
        visits=[
            Wanted(visit_type=booked.visit_type, start=practice.at("11:00"), **usual),
            Wanted(visit_type=by_video, start=practice.at("12:00"), **usual),
        ],
        chain=chain,
        patient=booked.patient,
        by=BY_STAFF,
    )

    email = compose_message(find())

    text, html = read_part(email, "text/plain"), read_part(email, "text/html")
    assert "First <the test>, then we talk." in text
    assert "First &lt;the test&gt;, then we talk." in html
    assert text.count("Where: by video") == 1
    assert text.count("Bring your photo ID.") == 1
    assert "Sit in good light." in text


def test_mail_leaves_once_however_often_it_is_delivered(several: list[Appointment]) -> None:
    for _ in range(2):
        deliver(find().pk)

    assert [sent.subject for sent in mail.outbox] == ["Your appointments at Alder Street"]
    assert find().state == State.SENT


def test_nobody_without_an_address_is_written_to(booked: Appointment) -> None:
    wanted = Wanted(
        visit_type=booked.visit_type,
        practitioner=booked.practitioner,
        location=booked.location,
        start=practice.at("12:00"),
    )

    actions.book_together(
        visits=[wanted, replace(wanted, start=practice.at("14:00"))],
        every_weeks=1,
        patient=practice.make_patient(email=""),
        by=BY_STAFF,
    )

    assert not OutboxMessage.objects.filter(kind="booking.booked_together").exists()
