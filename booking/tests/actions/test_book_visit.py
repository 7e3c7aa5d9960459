"""Staff book in one step."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from booking import actions
from booking.engine.rules import Code
from booking.models import Appointment, Location, Patient, Practitioner, VisitType
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.actions.rows import BY_SYSTEM, Hold
from booking.tests.practice import at


def test_book_in_a_zone_whose_clock_changes_lasts_real_minutes(
    clock: Any, location: Location, practitioner: Practitioner, patient: Patient
) -> None:
    """2026-11-01 00:30 in New York: two hours later the clock says 1:30."""
    long = practice.make_visit_type(duration=120)
    practitioner.visit_types.add(long)
    clock.move_to(practice.at("09:00", date(2026, 10, 30)))

    visit = actions.book_visit(
        visit_type=long,
        practitioner=practitioner,
        location=location,
        start=datetime(2026, 11, 1, 0, 30, tzinfo=practice.NEW_YORK),
        patient=patient,
        by=BY_SYSTEM,
        override=list(Code),
    )

    assert visit.end - visit.start.astimezone(UTC) == timedelta(minutes=120)


def test_staff_set_rules_aside_but_never_the_overlap(
    visit: Appointment,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    receptionist: Any,
) -> None:
    request = {
        "visit_type": visit_type,
        "practitioner": practitioner,
        "location": location,
        "by": actions.Actor.staff(receptionist),
        "override": list(Code),
    }

    at_night = actions.book_visit(start=at("22:05"), patient=practice.make_patient(), **request)
    with pytest.raises(actions.SlotTaken):
        actions.book_visit(start=at("10:05"), patient=practice.make_patient(), **request)

    assert at_night.status == Status.BOOKED
    assert at_night.source == "staff"


def test_patient_who_is_elsewhere_at_that_time_is_the_reason(
    visit: Appointment, visit_type: VisitType, location: Location, patient: Patient
) -> None:
    other = practice.make_practitioner(visit_types=[visit_type], location=location)

    with pytest.raises(actions.SlotTaken) as caught:
        actions.book_visit(
            visit_type=visit_type,
            practitioner=other,
            location=location,
            start=at("10:20"),
            patient=patient,
            by=BY_SYSTEM,
        )

    assert [refusal.code for refusal in caught.value.refusals] == [Code.PATIENT_BUSY]


def test_staff_take_over_the_time_of_a_hold_that_ran_out(
    hold: Hold, clock: Any, visit_type: VisitType, practitioner: Practitioner, location: Location
) -> None:
    lapsed = hold()
    clock.shift(timedelta(minutes=21))

    actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at("10:20"),
        patient=practice.make_patient(),
        by=BY_SYSTEM,
    )

    lapsed.refresh_from_db()
    assert lapsed.status == Status.CANCELLED
