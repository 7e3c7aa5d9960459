"""Who is to be called, and what came of the call."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking import actions, away
from booking.actions import Actor
from booking.blocking import BlockedTime
from booking.models import (
    Absence,
    Appointment,
    Rearrangement,
)
from booking.tests.away.plans import ALL_DAY, Way, ask, block, hold_count, row_of
from outbox.models import OutboxMessage, State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.mark.parametrize("why", ["nothing", "no email", "asked", "silent", "failed", "near", "call"])
def test_who_is_to_be_called(visit: Appointment, by: Actor, clock: Any, why: str):
    later = BlockedTime(**ALL_DAY.as_fields(shift=timedelta(days=7)))
    start = visit.start + timedelta(days=7)
    actions.move(
        appointment=visit, practitioner=visit.practitioner, location=visit.location, start=start, by=by
    )
    if why == "no email":
        type(visit.patient).objects.update(email="")
    absence = block(visit.practitioner, by, later)
    away.find_proposals(absence=absence, by=by)
    if why == "call":
        away.set_way(rearrangement=row_of(visit), way=Way.CALL)
    away.send(absence=absence)
    if why == "asked":
        actions.ask_for_call(rearrangement=row_of(visit))
    if why == "failed":
        OutboxMessage.objects.filter(kind=away.AWAY).update(state=State.DEAD)
    if why == "silent":
        clock.shift(timedelta(hours=24))
    if why == "near":
        clock.move_to(start - timedelta(hours=23))
        Absence.objects.update(sent_at=timezone.now())
    row = row_of(visit)

    assert away.needs_call(row, undelivered=away.list_undelivered([row])) is (why != "nothing")


def test_calls_are_noted_until_it_is_settled(visit: Appointment, by: Actor):
    ask(visit, by)

    actions.note_call(rearrangement=row_of(visit), is_settled=False, by=by)
    calls = row_of(visit).calls
    actions.note_call(rearrangement=row_of(visit), is_settled=True, by=by)

    assert calls == 1
    assert hold_count() == 0
    assert not Rearrangement.objects.unsettled().exists()
