"""Visits that a change of hours leaves outside them: a line in the history of each says so."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.utils import timezone

from booking.actions import Actor
from booking.actions.records import record
from booking.availability.caught import find_outside_hours
from booking.models import AppointmentEvent


@contextmanager
def noting_left_out(practitioners: Collection[int], *, by: Actor) -> Iterator[None]:
    """Note the visits that lie in the hours before the change inside, and outside them after it.

    Under the locks of these practitioners: nobody books or moves a visit with them meanwhile.
    """
    now = timezone.now()
    outside = {visit.pk for visit in find_outside_hours(practitioners=practitioners, now=now)}
    yield
    for visit in find_outside_hours(practitioners=practitioners, now=now):
        if visit.pk not in outside:
            record(visit, kind=AppointmentEvent.Kind.LEFT_IN_CLOSED, by=by, from_status=visit.status)
