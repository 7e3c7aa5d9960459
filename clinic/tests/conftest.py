"""The people and places of booking's tests, for pages that only the whole project has."""

from booking.tests.conftest import (  # noqa: F401 - fixtures
    clock,
    location,
    patient,
    practitioner,
    receptionist,
    visit,
    visit_type,
)
