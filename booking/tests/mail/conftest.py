"""A visit whose every word is known, so that whole mails can be compared."""

import os
from typing import Any

import pytest

from booking import actions
from booking.models import Appointment
from booking.tests import practice
from booking.tests.mail.libical import Libical, find_libical
from outbox.models import OutboxMessage


@pytest.fixture
def booked(db: None, clock: Any) -> Appointment:
    """A visit on Tuesday at 9:20 am. Its patient's name is one that careless templates spoil."""
    location = practice.make_location(
        name="Midtown",
        line1="418 Alder Street",
        line2="2nd floor",
        directions="Ring the bell marked 2.",
        access_notes="There is an elevator.",
    )
    visit_type = practice.make_visit_type(
        name="First visit for spasms", arrive_early=10, preparation="Bring your photo ID.\nFilm a spasm."
    )
    appointment = actions.book_visit(
        visit_type=visit_type,
        practitioner=practice.make_practitioner(
            visit_types=[visit_type], location=location, family_name="Fischer", hours="09:00-17:00"
        ),
        location=location,
        start=practice.at("09:20"),
        patient=practice.make_patient(
            given_name="Jordan", family_name="O'Brien", email="jordan.obrien@example.org"
        ),
        visit=actions.VisitDetails(reason="Cramps in the calf at night"),
        by=actions.Actor.system(),
    )
    Appointment.objects.update(reference="K7M4RT")
    appointment.refresh_from_db()
    return appointment


@pytest.fixture(scope="session")
def libical() -> Libical:
    """Where there is none the test is skipped and the end of the run says so; with CI=true it fails."""
    name = find_libical()
    if name is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("No libical: apt-get install libical3")
    return Libical(name)


def find_message(kind: str) -> OutboxMessage:
    """The one message of a kind that is in the outbox."""
    return OutboxMessage.objects.get(kind=kind)
