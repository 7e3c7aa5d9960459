"""A browser that holds Tuesday at 10:00, with or without its details, and the token of a booked visit."""

from typing import Any

import pytest
from django.test import Client

from booking import links
from booking.models import Appointment, Location, Practitioner, VisitType
from booking.tests.views import walk


@pytest.fixture
def held(
    client: Client, clock: Any, visit_type: VisitType, practitioner: Practitioner, location: Location
) -> Appointment:
    """The time that `client` has chosen."""
    walk.hold(client, visit_type=visit_type, practitioner=practitioner, location=location)
    return Appointment.objects.get()


@pytest.fixture
def filled(client: Client, held: Appointment) -> Appointment:
    """A hold whose details are known."""
    walk.send_details(client, held)
    return held


@pytest.fixture
def token(visit: Appointment) -> str:
    return links.issue(visit)
