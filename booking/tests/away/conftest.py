"""The clock stands at Monday, 9 am in New York; Dr. Fischer is away on Tuesday."""

from typing import Any

import pytest

from booking.actions import Actor
from booking.models import (
    Location,
    Practitioner,
    VisitType,
)
from booking.tests import practice


@pytest.fixture
def by(receptionist: Any) -> Actor:
    return Actor.staff(receptionist)


@pytest.fixture
def osei(visit_type: VisitType, location: Location) -> Practitioner:
    return practice.make_practitioner(
        visit_types=[visit_type], location=location, given_name="Amara", family_name="Osei"
    )
