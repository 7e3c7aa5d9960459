"""A crowded practice: three practitioners, two rooms."""

import pytest

from booking.models import Location, Practitioner, VisitType
from booking.tests import practice


@pytest.fixture
def room_type(location: Location) -> VisitType:
    """A visit of 40 minutes that needs one of two rooms."""
    return practice.make_visit_type(
        rooms=[practice.make_room(location), practice.make_room(location)], buffer_after=5, change_cutoff=0
    )


@pytest.fixture
def practitioners(location: Location, room_type: VisitType) -> list[Practitioner]:
    return [practice.make_practitioner(visit_types=[room_type], location=location) for _ in range(3)]
