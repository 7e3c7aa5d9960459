"""A crowded practice: three practitioners, two rooms; and how it would be without the guards."""

from collections.abc import Iterator

import pytest
from django.db import connection

from booking.constraints import NoOverlap
from booking.models import Appointment, Location, Practitioner, VisitType
from booking.tests import practice

GUARDS = [guard for guard in Appointment._meta.constraints if isinstance(guard, NoOverlap)]


@pytest.fixture
def room_type(location: Location) -> VisitType:
    """A visit of 40 minutes that needs one of two rooms."""
    return practice.make_visit_type(
        rooms=[practice.make_room(location), practice.make_room(location)], buffer_after=5, change_cutoff=0
    )


@pytest.fixture
def practitioners(location: Location, room_type: VisitType) -> list[Practitioner]:
    return [practice.make_practitioner(visit_types=[room_type], location=location) for _ in range(3)]


@pytest.fixture
def without_guards() -> Iterator[None]:
    with connection.schema_editor() as editor:
        for guard in GUARDS:
            if connection.vendor == "sqlite":
                for trigger in guard.trigger_names:
                    editor.execute(f"DROP TRIGGER {trigger}")
            else:
                editor.remove_constraint(Appointment, guard)
    yield
    Appointment.objects.all().delete()
    with connection.schema_editor() as editor:
        for guard in GUARDS:
            editor.add_constraint(Appointment, guard)
