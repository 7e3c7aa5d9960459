"""People and places as fixtures. `staff` runs the desk; `other_patient` must see nothing of `patient`'s."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from booking import actions
from booking.models import Appointment, Location, Patient, Practitioner, VisitType
from booking.tests import practice


@pytest.fixture
def clock() -> Iterator[Any]:
    """Stop the clock at practice.NOW; `clock.move_to()` or `clock.shift()` sets it."""
    with time_machine.travel(practice.NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def on_the_day(visit: Appointment, clock: Any) -> None:
    """Move the clock to the day of `visit`, when it has begun."""
    clock.move_to(visit.start + timedelta(minutes=5))


@pytest.fixture
def location(db: None) -> Location:
    return practice.make_location(name="Midtown", slug="midtown")


@pytest.fixture
def visit_type(db: None) -> VisitType:
    return practice.make_visit_type(name="First visit", slug="new-patient")


@pytest.fixture
def practitioner(location: Location, visit_type: VisitType) -> Practitioner:
    return practice.make_practitioner(
        visit_types=[visit_type], location=location, slug="lena-fischer", family_name="Fischer"
    )


@pytest.fixture
def patient(db: None) -> Patient:
    return practice.make_patient(given_name="Jordan", family_name="Ellis", email="jordan.ellis@example.org")


@pytest.fixture
def other_patient(db: None) -> Patient:
    return practice.make_patient(given_name="Robin", family_name="Hart", email="robin.hart@example.org")


@pytest.fixture
def receptionist(django_user_model: Any) -> Any:
    return django_user_model.objects.create_superuser("receptionist", password="a-long-password-for-tests")


@pytest.fixture
def visit(
    clock: Any, visit_type: VisitType, practitioner: Practitioner, location: Location, patient: Patient
) -> Appointment:
    """A visit of `patient`, booked for Tuesday at 10:00."""
    return actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=practice.at("10:00"),
        patient=patient,
        by=actions.Actor.system(),
    )
