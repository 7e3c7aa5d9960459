"""A clinician is away: every visit gets a proposal, all are sent at once, nothing is lost or doubled.

The clock stands at Monday, 9 am in New York; Dr. Fischer is away on Tuesday.
"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking import actions, availability, away, offering
from booking.actions import Actor, CutOff, NotAllowed, ProposalOver, SlotTaken
from booking.availability.caught import find_caught
from booking.blocking import BlockedTime
from booking.models import (
    Absence,
    Appointment,
    AvailabilityException,
    Location,
    Practitioner,
    PractitionerChoice,
    Rearrangement,
    VisitType,
    WaitlistEntry,
)
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.practice import TUESDAY, at
from booking.tests.races.at_once import count_overlaps
from outbox.deliver import deliver
from outbox.models import OutboxMessage, State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

ALL_DAY = BlockedTime(
    kind=AvailabilityException.Kind.CLOSED,
    first_day=TUESDAY,
    last_day=TUESDAY,
)
Way = Rearrangement.Way


@pytest.fixture
def by(receptionist: Any) -> Actor:
    return Actor.staff(receptionist)


@pytest.fixture
def osei(visit_type: VisitType, location: Location) -> Practitioner:
    return practice.make_practitioner(
        visit_types=[visit_type], location=location, given_name="Amara", family_name="Osei"
    )


def block(practitioner: Practitioner, by: Actor, time: BlockedTime = ALL_DAY) -> Absence:
    """A minute after the visits were booked: what is closed at the same moment was known."""
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        return away.plan_absence(practitioner=practitioner, time=time, by=by)


def plan(visit: Appointment, by: Actor) -> Absence:
    absence = block(visit.practitioner, by)
    away.find_proposals(absence=absence, by=by)
    return absence


def row_of(visit: Appointment) -> Rearrangement:
    return away.list_rows(Rearrangement.objects.filter(appointment=visit)).get()


def ask(visit: Appointment, by: Actor) -> Rearrangement:
    """Plan and send."""
    away.send(absence=plan(visit, by))
    return row_of(visit)


def book(visit: Appointment, clock: str, **fields: Any) -> Appointment:
    return actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=visit.practitioner,
        location=visit.location,
        start=at(clock),
        patient=practice.make_patient(**fields),
        by=Actor.system(),
    )


def count_mails(visit: Appointment) -> int:
    return OutboxMessage.objects.filter(kind=away.AWAY, subject_id=visit.pk).count()


def hold_count() -> int:
    return Appointment.objects.filter(status=Status.PENDING).count()


# --- The plan ---------------------------------------------------------------------------


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


# --- Sending ----------------------------------------------------------------------------


def test_send_tells_everybody_with_an_address_once(visit: Appointment, by: Actor):
    without = book(visit, "11:00", email="")
    called, left = book(visit, "12:00"), book(visit, "13:00")
    absence = plan(visit, by)
    away.set_way(rearrangement=row_of(called), way=Way.CALL)
    away.set_way(rearrangement=row_of(left), way=Way.LEAVE)

    told = [away.send(absence=absence), away.send(absence=absence)]

    assert told == [1, 0]
    assert [count_mails(one) for one in (visit, without, called, left)] == [1, 0, 0, 0]


def test_reminders_of_the_old_time_do_not_leave_and_come_back_once_it_is_settled(
    visit: Appointment, by: Actor
):
    reminders = [
        OutboxMessage.objects.create(
            kind="booking.reminder", subject_id=visit.pk, version=0, recipient=f"patient-{days}d"
        )
        for days in (1, 2)
    ]
    row = ask(visit, by)

    deliver(reminders[0].pk)
    actions.note_call(rearrangement=row, is_settled=True, by=by)
    deliver(reminders[1].pk)

    states = [OutboxMessage.objects.get(pk=one.pk).state for one in reminders]
    assert states == [State.DROPPED, State.SENT]


def test_visit_that_was_settled_and_is_planned_again_is_written_to_again(visit: Appointment, by: Actor):
    row = ask(visit, by)
    actions.note_call(rearrangement=row, is_settled=True, by=by)
    again = away.plan_absence(practitioner=visit.practitioner, block=row.absence.block, by=by)
    away.find_proposals(absence=again, by=by)

    assert away.send(absence=again) == 1
    assert count_mails(visit) == 2


def test_time_that_was_opened_again_is_sent_to_nobody(visit: Appointment, by: Actor):
    absence = plan(visit, by)
    assert absence.block is not None
    absence.block.delete()

    with pytest.raises(NotAllowed):
        away.send(absence=absence)


def test_nobody_is_asked_any_more_once_the_time_was_opened_again(visit: Appointment, by: Actor):
    row = ask(visit, by)
    assert row.absence.block is not None
    row.absence.block.delete()

    with pytest.raises(ProposalOver):
        actions.accept_proposal(rearrangement=row, by=Actor.patient())

    assert away.find_asked(visit) is None


def test_time_that_has_come_meanwhile_is_lost(visit: Appointment, by: Actor, clock: Any):
    absence = plan(visit, by)
    held = row_of(visit).held
    assert held is not None
    Appointment.objects.filter(pk=visit.pk).update(
        start=held.start + timedelta(days=1),
        end=held.end + timedelta(days=1),
        busy_start=held.busy_start + timedelta(days=1),
        busy_end=held.busy_end + timedelta(days=1),
    )
    clock.move_to(held.start)

    assert row_of(visit).held is None
    assert absence.status == Absence.Status.DRAFT


def test_clinician_holds_no_time_of_colleagues(
    visit: Appointment, osei: Practitioner, django_user_model: Any
):
    user = django_user_model.objects.create_user("fischer", is_staff=True)
    Practitioner.objects.filter(pk=visit.practitioner_id).update(user=user)
    visit = Appointment.objects.get(pk=visit.pk)

    options = away.list_options(visit, user=user)

    assert options.own
    assert options.other == []


def test_two_visits_of_one_patient_are_not_proposed_one_time(
    visit: Appointment, osei: Practitioner, by: Actor
):
    second = actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=visit.practitioner,
        location=visit.location,
        start=at("13:00"),
        patient=visit.patient,
        by=by,
    )
    plan(visit, by)
    first = row_of(visit).held
    assert first is not None

    with pytest.raises(SlotTaken):
        actions.propose(
            rearrangement=row_of(second), practitioner=osei, location=visit.location, start=first.start, by=by
        )


def test_visit_that_is_left_where_it_is_is_in_no_second_plan(visit: Appointment, by: Actor):
    plan(visit, by)
    away.set_way(rearrangement=row_of(visit), way=Way.LEAVE)

    second = block(
        visit.practitioner,
        by,
        BlockedTime(kind="closed", first_day=TUESDAY, last_day=TUESDAY + timedelta(days=1)),
    )

    assert second.rearrangements.count() == 0


def test_first_press_sent_twice_makes_one_plan(visit: Appointment, by: Actor):
    first, again = block(visit.practitioner, by), block(visit.practitioner, by)

    assert first == again
    assert AvailabilityException.objects.count() == 1


def test_whoever_arrives_all_the_same_gives_the_held_time_back(visit: Appointment, by: Actor):
    ask(visit, by)

    actions.arrive(appointment=visit, by=by)

    assert hold_count() == 0


def test_nothing_is_sent_while_a_time_is_lost(visit: Appointment, by: Actor):
    absence = plan(visit, by)
    row = row_of(visit)
    Appointment.objects.filter(rearrangement=row).update(
        status=Status.CANCELLED, cancelled_at=timezone.now(), hold_expires_at=None
    )

    with pytest.raises(away.ProposalsLost):
        away.send(absence=absence)
    away.find_proposals(absence=absence, by=by)

    assert away.send(absence=absence) == 1


def test_visit_that_was_moved_before_the_plan_was_sent_is_left_alone(
    visit: Appointment, osei: Practitioner, by: Actor
):
    absence = plan(visit, by)
    actions.move(appointment=visit, practitioner=osei, location=visit.location, start=at("14:00"), by=by)

    told = away.send(absence=absence)

    assert told == 0
    assert count_mails(visit) == 0
    assert hold_count() == 0


@pytest.mark.parametrize("step", ["undo", "set_way", "propose"])
def test_what_was_sent_is_not_changed_any_more(visit: Appointment, by: Actor, step: str):
    absence = plan(visit, by)
    away.send(absence=absence)
    row, slot = row_of(visit), away.list_options(visit, user=None).own[0]
    place = {"practitioner": slot.practitioner, "location": slot.location, "start": slot.start}
    steps = {
        "undo": lambda: away.undo(absence=absence, by=by),
        "set_way": lambda: away.set_way(rearrangement=row, way=Way.CALL),
        "propose": lambda: actions.propose(rearrangement=row, by=by, **place),
    }

    with pytest.raises(NotAllowed):
        steps[step]()


# --- The patient's answer ---------------------------------------------------------------


def test_accepting_moves_the_visit_and_twice_is_as_once(visit: Appointment, by: Actor):
    row = ask(visit, by)
    assert row.held is not None

    first = actions.accept_proposal(rearrangement=row, by=Actor.patient())
    again = actions.accept_proposal(rearrangement=row_of(visit), by=Actor.patient())

    assert first == again == visit
    assert (first.start, first.version) == (row.held.start, 1)
    assert again.version == 1
    assert hold_count() == 0
    assert OutboxMessage.objects.filter(kind="booking.moved", subject_id=visit.pk).count() == 1
    assert find_caught(now=timezone.now()) == []


def test_mail_that_waits_is_dropped_once_the_visit_has_moved(visit: Appointment, by: Actor):
    row = ask(visit, by)
    message = OutboxMessage.objects.get(kind=away.AWAY)
    actions.accept_proposal(rearrangement=row, by=Actor.patient())

    deliver(message.pk)

    message.refresh_from_db()
    assert message.state == State.DROPPED


def test_time_that_somebody_else_took_is_over(visit: Appointment, by: Actor):
    row = ask(visit, by)
    assert row.held is not None
    Appointment.objects.filter(pk=row.held.pk).update(hold_expires_at=timezone.now() - timedelta(minutes=1))
    actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=row.held.practitioner,
        location=row.held.location,
        start=row.held.start,
        patient=practice.make_patient(),
        by=by,
    )

    with pytest.raises(ProposalOver):
        actions.accept_proposal(rearrangement=row, by=Actor.patient())

    visit.refresh_from_db()
    assert visit.start == at("10:00")


def test_plan_that_was_not_sent_cannot_be_accepted(visit: Appointment, by: Actor):
    plan(visit, by)

    with pytest.raises(ProposalOver):
        actions.accept_proposal(rearrangement=row_of(visit), by=Actor.patient())


def test_whoever_is_asked_may_change_after_the_cut_off(visit: Appointment, osei: Practitioner, by: Actor):
    VisitType.objects.update(change_cutoff=10_000)
    visit = Appointment.objects.get(pk=visit.pk)
    place = {"practitioner": osei, "location": visit.location, "start": at("14:00")}
    with pytest.raises(CutOff):
        actions.move(appointment=visit, by=Actor.patient(), **place)
    ask(visit, by)

    moved = actions.move(appointment=visit, by=Actor.patient(), **place)

    assert moved.start == at("14:00")
    assert hold_count() == 0


def test_cancelled_visit_gives_the_held_time_back(visit: Appointment, by: Actor):
    ask(visit, by)

    actions.cancel(appointment=visit, reason="patient", by=Actor.patient())

    assert hold_count() == 0


def test_time_of_a_clinician_who_is_away_is_offered_to_nobody(
    visit: Appointment, by: Actor, other_patient: Any
):
    WaitlistEntry.objects.create(
        patient=other_patient, visit_type=visit.visit_type, until=TUESDAY, notice=120
    )
    row = ask(visit, by)
    actions.accept_proposal(rearrangement=row, by=Actor.patient())

    offering.offer_freed_times()

    assert hold_count() == 0


# --- Who is to be called ----------------------------------------------------------------


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


# --- Many visits, few times -------------------------------------------------------------


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    clocks=st.lists(st.sampled_from(range(9, 17)), min_size=1, max_size=6, unique=True),
    free=st.sets(st.sampled_from(range(9, 13)), max_size=3),
    answers=st.lists(st.sampled_from(["take", "call", "silent"]), min_size=6, max_size=6),
)
def test_no_two_proposals_take_each_others_time(
    visit_type: VisitType,
    location: Location,
    receptionist: Any,
    clocks: list[int],
    free: set[int],
    answers: list[str],
):
    by = Actor.staff(receptionist)
    with transaction.atomic():
        person = practice.make_practitioner(visit_types=[visit_type])
        practice.add_hours(person, location, weekday=1, hours="09:00-17:00", valid_to=TUESDAY)
        for hour in free:
            practice.add_hours(person, location, weekday=2, hours=f"{hour:02}:00-{hour:02}:40")
        visits = [
            actions.book_visit(
                visit_type=visit_type,
                practitioner=person,
                location=location,
                start=at(f"{hour:02}:00"),
                patient=practice.make_patient(),
                by=Actor.system(),
            )
            for hour in clocks
        ]
        VisitType.objects.filter(pk=visit_type.pk).update(booking_horizon=3)
        for one in visits:
            one.visit_type.refresh_from_db()
        absence = block(person, by)
        away.find_proposals(absence=absence, by=by)

        held = [row_of(one).held for one in visits]
        away.send(absence=absence)
        for one, answer in zip(visits, answers, strict=False):
            row = row_of(one)
            if answer == "take" and row.held is not None:
                actions.accept_proposal(rearrangement=row, by=Actor.patient())
            if answer == "call":
                actions.ask_for_call(rearrangement=row)

        assert sum(one is not None for one in held) == min(len(clocks), len(free))
        assert count_overlaps() == 0
        assert Appointment.objects.filter(practitioner=person, status=Status.BOOKED).count() == len(clocks)
        transaction.set_rollback(True)


def test_queries_of_a_plan_page_do_not_grow(visit: Appointment, by: Actor, client: Any, receptionist: Any):
    absence = plan(visit, by)
    client.force_login(receptionist)
    address = f"/admin/desk/away/{absence.pk}/"
    client.get(address)
    with CaptureQueriesContext(connection) as for_one:
        client.get(address)
    for clock in ("11:00", "12:00"):
        other = actions.book_visit(
            visit_type=visit.visit_type,
            practitioner=visit.practitioner,
            location=visit.location,
            start=at(clock),
            patient=practice.make_patient(),
            by=by,
            override=actions.SETTABLE_ASIDE,
        )
        Rearrangement.objects.create(absence=absence, appointment=other, version=0)

    with CaptureQueriesContext(connection) as for_three:
        page = client.get(address)

    assert len(page.context["lines"]) == 3
    assert len(for_three) == len(for_one)
