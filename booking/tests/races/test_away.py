"""A time that is held for a patient whose clinician is away, wanted by many at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking import actions, away
from booking.actions import Actor, NotAllowed, ProposalOver, Refused
from booking.blocking import BlockedTime
from booking.models import Appointment, Location, Practitioner, Rearrangement, VisitType
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.races.at_once import count_deadlocks, count_overlaps, run_at_once
from outbox.models import OutboxMessage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def booked(visit_type: VisitType, practitioner: Practitioner, location: Location) -> Appointment:
    today = timezone.localdate()
    return actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=practice.at("10:00", today + timedelta(days=8 - today.weekday())),
        patient=practice.make_patient(),
        by=Actor.system(),
    )


def plan(visit: Appointment, by: Actor) -> Any:
    day = visit.local_start.date()
    absence = away.plan_absence(
        practitioner=visit.practitioner, time=BlockedTime(kind="closed", first_day=day, last_day=day), by=by
    )
    away.find_proposals(absence=absence, by=by)
    return absence


@pytest.mark.parametrize("is_late", [False, True])
def test_time_that_patient_and_staff_want_at_once_goes_to_one(
    booked: Appointment, receptionist: Any, is_late: bool
):
    by = Actor.staff(receptionist)
    away.send(absence=plan(booked, by))
    row = away.list_rows(Rearrangement.objects.all()).get()
    assert row.held is not None
    start = row.held.start
    if is_late:
        Appointment.objects.filter(pk=row.held.pk).update(hold_expires_at=timezone.now())
    patients = [practice.make_patient() for _ in range(4)]
    before = count_deadlocks()

    def work(number: int) -> str:
        try:
            if number % 2:
                return f"patient {actions.accept_proposal(rearrangement=row, by=Actor.patient()).pk}"
            visit = actions.book_visit(
                visit_type=booked.visit_type,
                practitioner=booked.practitioner,
                location=booked.location,
                start=start,
                patient=patients[number // 2],
                by=by,
            )
            return f"staff {visit.pk}"
        except (Refused, ProposalOver, NotAllowed) as error:
            return type(error).__name__

    outcomes = run_at_once(8, work)

    winners = {outcome for outcome in outcomes if outcome.startswith(("patient", "staff"))}
    assert len(winners) == 1, outcomes
    assert Appointment.objects.filter(start=start, status=Status.BOOKED).count() == 1
    if not is_late:
        assert winners.pop().startswith("patient")
    assert count_overlaps() == 0
    assert count_deadlocks() == before


def test_plan_that_is_sent_and_undone_at_once_is_one_of_them(booked: Appointment, receptionist: Any):
    by = Actor.staff(receptionist)
    absence = plan(booked, by)

    def work(number: int) -> str:
        try:
            if number % 2:
                away.undo(absence=absence, by=by)
                return "undone"
            away.send(absence=absence)
            return "sent"
        except NotAllowed:
            return "refused"

    outcomes = set(run_at_once(6, work)) - {"refused"}

    absence.refresh_from_db()
    mails = OutboxMessage.objects.filter(kind=away.AWAY).count()
    holds = Appointment.objects.filter(status=Status.PENDING).count()
    assert outcomes == {absence.status}
    assert (mails, holds) == ((1, 1) if absence.status == "sent" else (0, 0))
