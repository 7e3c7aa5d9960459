"""Parts of the week that are kept back for some visit types, and open some hours before they come."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from booking import actions, availability
from booking.actions import Actor, Refused
from booking.availability.explaining import explain_day
from booking.engine.rules import Code
from booking.models import Appointment, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.practice import NOW, TUESDAY, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

KEPT = {at("11:00"), at("11:20")}
# A visit of 40 minutes that begins at 10:40 would run into them.
BLOCKED = KEPT | {at("10:40"), at("11:40")}


@pytest.fixture
def urgent(practitioner: Practitioner) -> VisitType:
    urgent = practice.make_visit_type()
    practitioner.visit_types.add(urgent)
    return urgent


def offered(visit_type: VisitType, now: datetime = NOW) -> set[datetime]:
    slots = availability.find_slots(visit_type=visit_type, first_day=TUESDAY, last_day=TUESDAY, now=now)
    return {slot.start for slot in slots}


def book(visit_type: VisitType, practitioner: Practitioner, location: Location, **how: Any) -> Appointment:
    return actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at("11:00"),
        patient=practice.make_patient(),
        **how,
    )


def test_kept_time_is_offered_only_to_whom_it_is_kept_for(visit_type: VisitType, urgent: VisitType):
    before = offered(visit_type)
    practice.keep(TUESDAY, "11:00-12:00", visit_types=[urgent])

    assert before - offered(visit_type) == BLOCKED
    assert offered(urgent) == before


def test_it_opens_first_to_these_and_then_to_all(visit_type: VisitType, urgent: VisitType):
    everything = offered(visit_type)
    practice.keep(TUESDAY, "11:00-12:00", visit_types=[urgent], opens_hours=24, released_hours=2)

    def count_kept(visit_type: VisitType, clock: str, day: Any) -> int:
        now = at(clock, day)
        return len({start for start in everything if start >= now} - offered(visit_type, now))

    monday = TUESDAY - timedelta(days=1)
    assert [count_kept(urgent, "10:59", monday), count_kept(urgent, "11:00", monday)] == [4, 0]
    assert [count_kept(visit_type, "08:59", TUESDAY), count_kept(visit_type, "09:00", TUESDAY)] == [4, 0]


@pytest.mark.parametrize("field", ["practitioner", "location"])
def test_it_counts_only_for_its_clinician_and_its_place(
    field: str, visit_type: VisitType, practitioner: Practitioner, location: Location
):
    elsewhere = practice.make_location()
    other = practice.make_practitioner(visit_types=[visit_type], location=elsewhere)
    here = {"practitioner": practitioner, "location": location}
    practice.keep(TUESDAY, "11:00-12:00", **{field: here[field]})

    slots = availability.find_slots(visit_type=visit_type, first_day=TUESDAY, last_day=TUESDAY)

    assert {slot.practitioner for slot in slots if slot.start in KEPT} == {other}


def test_it_ends_with_its_last_day(visit_type: VisitType):
    everything = offered(visit_type)
    practice.keep(TUESDAY, "11:00-12:00", valid_to=TUESDAY - timedelta(days=1))

    assert offered(visit_type) == everything


def test_nobody_books_it_online_and_staff_only_with_a_reason(
    visit_type: VisitType, practitioner: Practitioner, location: Location, receptionist: Any
):
    practice.keep(TUESDAY, "11:00-12:00")
    by = Actor.staff(receptionist)

    with pytest.raises(Refused) as refused:
        book(visit_type, practitioner, location, by=by)
    visit = book(visit_type, practitioner, location, by=by, override=[Code.KEPT], note="Asked by Dr. Osei")

    assert [refusal.code for refusal in refused.value.refusals] == [Code.KEPT]
    assert visit.events.get().details == {"set_aside": ["kept"]}


def test_a_patient_reads_what_to_do(
    client: Client, visit_type: VisitType, practitioner: Practitioner, location: Location
):
    practice.keep(TUESDAY, "11:00-12:00")
    slot = availability.SlotChoice(start=at("11:00"), practitioner=practitioner, location=location)

    response = client.post(reverse("booking:hold", args=[visit_type.slug]), {"slot": slot.key})

    assert response.status_code == 409
    assert "That time is kept for other visits for now. Please choose another time." in (
        response.content.decode()
    )


def test_the_desk_is_told_for_whom_it_is_kept(visit_type: VisitType, practitioner: Practitioner):
    practice.keep(TUESDAY, "11:00-12:00", name="Urgent visits")
    practice.keep(TUESDAY, "11:30-12:00", name="Returning patients", released_hours=30)

    [place] = explain_day(visit_type=visit_type, practitioner=practitioner, day=TUESDAY)
    [candidate] = [one for one in place.candidates if one.start == at("11:00")]

    assert [[one.name for one in reason.kept] for reason in candidate.reasons] == [["Urgent visits"]]


def test_others_cannot_come_before_those_it_is_kept_for():
    kept = practice.keep(TUESDAY, "11:00-12:00", opens_hours=24)
    kept.released_hours = 48

    with pytest.raises(ValidationError, match="Nobody else comes before"):
        kept.full_clean()
