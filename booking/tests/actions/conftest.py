"""A hold, as most tests of actions begin."""

from typing import Any

import pytest

from booking import actions
from booking.models import Appointment, Location, Practitioner, VisitType
from booking.tests.actions.rows import BY_PATIENT, Hold
from booking.tests.practice import at


@pytest.fixture
def hold(clock: Any, visit_type: VisitType, practitioner: Practitioner, location: Location) -> Hold:
    """Hold Tuesday at a wall time, by default 10:00 for the session "a" at the address "x"."""

    def take(clock_time: str = "10:00", **changes: Any) -> Appointment:
        request = {
            "visit_type": visit_type,
            "practitioner": practitioner,
            "location": location,
            "start": at(clock_time),
            "holder": "a",
            "holder_address": "x",
            "by": BY_PATIENT,
        }
        return actions.hold(**{**request, **changes})

    return take
