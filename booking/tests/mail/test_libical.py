"""What we write is accepted by libical's tables of what iTIP asks for, and read to the same instants."""

import re
from datetime import datetime, timedelta

import pytest

from booking import actions
from booking.actions import Actor
from booking.mail.ics import make_invitation
from booking.models import Appointment, CancellationReason, VisitType
from booking.tests import practice
from booking.tests.mail.libical import Libical
from booking.tests.mail.test_ics import (
    AROUND_THE_CHANGES,
    IN_THE_HOUR_THAT_COMES_TWICE,
    make_visit,
    read_event,
)

METHODS = ["REQUEST", "CANCEL", "PUBLISH"]
BY_VIDEO = VisitType(name="Video visit", slug="video", duration=40, mode=VisitType.Mode.TELEHEALTH)


def leave_out(invitation: bytes, name: str) -> bytes:
    """The same without a property, its folded lines included."""
    without = re.sub(rb"\n" + name.encode() + rb"[;:].*\r\n(?: .*\r\n)*", b"\n", invitation)
    assert without != invitation
    return without


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("start", [*AROUND_THE_CHANGES, *IN_THE_HOUR_THAT_COMES_TWICE])
def test_visit_is_accepted_and_read_at_the_right_instants(libical: Libical, start: datetime, method: str):
    invitation = make_invitation(make_visit(start=start), method=method)

    assert libical.find_complaints(invitation) == []
    assert libical.read_instants(invitation) == (start, start + timedelta(minutes=40))


@pytest.mark.parametrize("method", METHODS)
def test_visit_by_video_is_accepted(libical: Libical, method: str):
    invitation = make_invitation(make_visit(visit_type=BY_VIDEO), method=method)

    assert libical.find_complaints(invitation) == []
    assert libical.read_instants(invitation)[0] == practice.at("09:20")


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Europe/Dublin", "Australia/Lord_Howe"])
def test_visit_in_another_zone_is_read_at_the_right_instants(libical: Libical, zone: str):
    visit = make_visit()
    visit.location.time_zone = zone

    invitation = make_invitation(visit, method="REQUEST")

    assert libical.find_complaints(invitation) == []
    assert libical.read_instants(invitation) == (visit.start, visit.end)


@pytest.mark.django_db
def test_calendar_follows_a_visit_through_its_life(libical: Libical, booked: Appointment):
    invitations = [make_invitation(booked, method="REQUEST")]
    for clock in ("11:00", "14:00"):
        booked = actions.move(
            appointment=booked,
            practitioner=booked.practitioner,
            location=booked.location,
            start=practice.at(clock),
            by=Actor.patient(),
        )
        invitations.append(make_invitation(booked, method="REQUEST"))
    booked = actions.cancel(appointment=booked, reason=CancellationReason.PATIENT, by=Actor.patient())
    invitations.append(make_invitation(booked, method="CANCEL"))

    events = [read_event(invitation) for invitation in invitations]
    assert [libical.find_complaints(invitation) for invitation in invitations] == [[], [], [], []]
    assert {event["UID"] for event in events} == {str(booked.uid)}
    sequences = [event["SEQUENCE"] for event in events]
    assert sequences == sorted(set(sequences))
    assert [libical.read_instants(invitation)[0] for invitation in invitations] == [
        practice.at(clock) for clock in ("09:20", "11:00", "14:00", "14:00")
    ]


# --- That libical would tell ------------------------------------------------------


@pytest.mark.parametrize("name", ["UID", "DTSTAMP", "DTSTART", "SUMMARY", "ORGANIZER", "ATTENDEE"])
def test_request_without_what_it_needs_would_be_refused(libical: Libical, name: str):
    invitation = leave_out(make_invitation(make_visit(), method="REQUEST"), name)

    assert libical.find_complaints(invitation) != []


def test_time_that_is_none_would_be_refused(libical: Libical):
    invitation = make_invitation(make_visit(), method="REQUEST")

    broken = re.sub(rb"(DTEND[^:]*):\w+", rb"\1:ten", invitation)

    assert libical.find_complaints(broken) != []


def test_libical_reads_the_zone_that_comes_with_the_visit(libical: Libical):
    """And not one of its own, by the name: then the instants above would prove nothing about ours."""
    visit = make_visit()
    invitation = make_invitation(visit, method="REQUEST")

    shifted = invitation.replace(b"TZOFFSETTO:-0500", b"TZOFFSETTO:-0600")

    assert libical.read_instants(shifted)[0] == visit.start + timedelta(hours=1)
