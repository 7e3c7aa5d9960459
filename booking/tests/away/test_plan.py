"""A plan blocks the time and holds a time for each visit; nothing is lost halfway."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from booking import actions, availability, away
from booking.actions import Actor
from booking.availability.caught import find_caught
from booking.blocking import BlockedTime, change_block
from booking.models import (
    Absence,
    Appointment,
    AvailabilityException,
    Practitioner,
    PractitionerChoice,
    Rearrangement,
)
from booking.tests import practice
from booking.tests.away.plans import Way, block, book, hold_count, plan, row_of
from booking.tests.practice import TUESDAY, at
from outbox.models import OutboxMessage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_plan_blocks_the_time_and_holds_a_time_for_each_visit(visit: Appointment, by: Actor):
    second = book(visit, "11:00")

    absence = plan(visit, by)

    held = [row_of(one).held for one in (visit, second)]
    assert absence.status == Absence.Status.DRAFT
    assert [one and one.practitioner for one in held] == [visit.practitioner] * 2
    assert len({one and one.start for one in held}) == 2
    assert not availability.find_slots(
        visit_type=visit.visit_type, first_day=TUESDAY, last_day=TUESDAY, practitioner=visit.practitioner
    )
    assert not OutboxMessage.objects.filter(kind=away.AWAY).exists()


@pytest.mark.parametrize(
    ("choice", "own_is_away_too", "expected"),
    [
        (PractitionerChoice.FAIR, False, "own"),
        (PractitionerChoice.FAIR, True, "other"),
        (PractitionerChoice.NAMED, True, "own"),
    ],
)
def test_same_clinician_is_proposed_if_soon_or_asked_for(
    visit: Appointment,
    osei: Practitioner,
    by: Actor,
    choice: str,
    own_is_away_too: bool,
    expected: str,
):
    Appointment.objects.update(practitioner_choice=choice)
    if own_is_away_too:
        AvailabilityException.objects.create(
            practitioner=visit.practitioner,
            first_day=TUESDAY + timedelta(days=1),
            last_day=TUESDAY + timedelta(days=10),
        )

    plan(visit, by)

    held = row_of(visit).held
    assert held is not None
    assert held.practitioner == (visit.practitioner if expected == "own" else osei)


def test_visit_for_which_there_is_no_time_is_left_to_the_patient(visit: Appointment, by: Actor):
    visit.practitioner.rules.all().delete()

    plan(visit, by)

    assert row_of(visit).way == Way.CHOOSE
    assert row_of(visit).held is None


def test_plan_cut_off_halfway_goes_on_where_it_stopped(
    visit: Appointment, by: Actor, monkeypatch: pytest.MonkeyPatch
):
    second = book(visit, "11:00")
    proposed = actions.propose
    monkeypatch.setattr(actions, "propose", lambda **kwargs: proposed(**kwargs) and 1 / 0)
    absence = block(visit.practitioner, by)
    with pytest.raises(ZeroDivisionError):
        away.find_proposals(absence=absence, by=by)
    monkeypatch.setattr(actions, "propose", proposed)
    first = row_of(visit).held

    away.find_proposals(absence=absence, by=by)

    assert first is not None
    assert row_of(visit).held == first
    assert row_of(second).held is not None
    assert hold_count() == 2


def test_same_block_gives_the_plan_that_waits(visit: Appointment, by: Actor):
    absence = plan(visit, by)

    again = away.plan_absence(practitioner=visit.practitioner, block=absence.block, by=by)

    assert again == absence
    assert Rearrangement.objects.count() == 1


def test_block_that_was_there_is_planned_and_stays_after_undo(visit: Appointment, by: Actor):
    block = practice.close(visit.practitioner, TUESDAY, changed_at=timezone.now() + timedelta(seconds=1))
    absence = away.plan_absence(practitioner=visit.practitioner, block=block, by=by)
    away.find_proposals(absence=absence, by=by)

    away.undo(absence=absence, by=by)

    assert hold_count() == 0
    assert AvailabilityException.objects.filter(pk=block.pk).exists()


def test_undo_gives_everything_back_and_nobody_hears_of_it(visit: Appointment, by: Actor):
    before = availability.find_slots(visit_type=visit.visit_type, first_day=TUESDAY, last_day=TUESDAY)
    absence = plan(visit, by)

    away.undo(absence=absence, by=by)
    away.undo(absence=absence, by=by)

    after = availability.find_slots(visit_type=visit.visit_type, first_day=TUESDAY, last_day=TUESDAY)
    assert [slot.key for slot in after] == [slot.key for slot in before]
    assert hold_count() == 0
    assert not OutboxMessage.objects.filter(kind=away.AWAY).exists()
    assert find_caught(now=timezone.now()) == []


def test_another_time_takes_the_place_of_the_one_held(visit: Appointment, by: Actor):
    plan(visit, by)
    row = row_of(visit)
    slot = away.list_options(row.appointment, user=None).own[3]

    actions.propose(
        rearrangement=row, practitioner=slot.practitioner, location=slot.location, start=slot.start, by=by
    )

    held = row_of(visit).held
    assert held is not None
    assert held.start == slot.start
    assert hold_count() == 1


@pytest.mark.parametrize("way", [Way.CHOOSE, Way.CALL, Way.LEAVE])
def test_without_a_proposal_what_was_held_is_given_back(visit: Appointment, by: Actor, way: str):
    plan(visit, by)

    away.set_way(rearrangement=row_of(visit), way=way)

    assert row_of(visit).way == way
    assert hold_count() == 0


def test_plan_that_is_not_sent_takes_up_what_its_block_has_caught_since(
    visit: Appointment, osei: Practitioner, by: Actor
) -> None:
    wednesday = TUESDAY + timedelta(days=1)
    late = actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=visit.practitioner,
        location=visit.location,
        start=at("10:00", wednesday),
        patient=practice.make_patient(),
        by=Actor.system(),
    )
    absence = plan(visit, by)
    block = AvailabilityException.objects.get()
    longer = BlockedTime(kind=AvailabilityException.Kind.CLOSED, first_day=TUESDAY, last_day=wednesday)
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        change_block(block=block, to=longer, by=by)

    again = away.plan_absence(practitioner=visit.practitioner, block=block, by=by)

    assert again == absence
    assert set(absence.rearrangements.values_list("appointment", flat=True)) == {visit.pk, late.pk}
    assert row_of(visit).held is not None
