"""Visits that time was taken from: found whatever took it, until somebody deals with them."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking import actions
from booking.actions import Actor
from booking.availability.caught import find_caught, list_closed_days
from booking.blocking import (
    Piece,
    block_time,
    change_block,
    close_practice,
    open_practice,
    remove_block,
    remove_rules,
    replace_week,
)
from booking.models import Appointment, AvailabilityRule, Closure, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.blocking.conftest import EXTRA, WEEK, away, list_caught
from booking.tests.practice import TUESDAY, at


@pytest.fixture
def booked(visit: Appointment, clock: Any) -> Appointment:
    """A visit on Tuesday from 10:00 to 10:40, booked a minute ago."""
    clock.shift(60)
    return visit


def keep(visit: Appointment, *, by: Actor) -> None:
    [one] = find_caught(now=timezone.now(), visit_id=visit.pk)
    actions.keep(appointment=visit, seen=one.mark, by=by)


def test_visit_in_open_time_is_not_caught(booked: Appointment) -> None:
    assert list_caught() == []


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "is_caught"),
    [
        (None, None, True),
        (time(10, 30), time(12), True),
        (time(9), time(10, 1), True),
        (time(9), time(10), False),
        (time(10, 40), time(12), False),
    ],
)
def test_visit_is_caught_where_the_times_meet(
    booked: Appointment, starts_at: time | None, ends_at: time | None, is_caught: bool
) -> None:
    [row] = block_time(practitioners=[booked.practitioner], block=away(starts_at=starts_at, ends_at=ends_at))

    assert list_caught() == ([booked] if is_caught else [])
    assert [one.closings for one in find_caught(now=timezone.now())] == ([(row,)] if is_caught else [])


def test_absence_elsewhere_or_of_somebody_else_catches_nobody(
    booked: Appointment, location: Location
) -> None:
    colleague = practice.make_practitioner(visit_types=[], location=location)
    block_time(practitioners=[colleague], block=away())
    block_time(practitioners=[booked.practitioner], block=away(location=practice.make_location()))

    assert list_caught() == []


def test_closure_catches_and_opening_again_lets_go(booked: Appointment) -> None:
    [closure] = close_practice(closures=[Closure(name="Snow", first_day=TUESDAY, last_day=TUESDAY)])
    caught = list_caught()

    open_practice(closures=[closure])

    assert caught == [booked]
    assert list_caught() == []


def test_visit_that_staff_book_into_closed_time_is_not_caught(
    booked: Appointment, patient: Any, by: Actor, clock: Any
) -> None:
    wednesday = TUESDAY + timedelta(days=1)
    block_time(practitioners=[booked.practitioner], block=away(wednesday))
    clock.shift(60)

    actions.book_visit(
        visit_type=booked.visit_type,
        practitioner=booked.practitioner,
        location=booked.location,
        start=at("10:00", wednesday),
        patient=patient,
        by=by,
        override=actions.SETTABLE_ASIDE,
    )

    assert list_caught() == []


@pytest.mark.parametrize("deal", ["keep", "cancel", "move"])
def test_visit_that_was_dealt_with_is_let_go(booked: Appointment, by: Actor, clock: Any, deal: str) -> None:
    block_time(practitioners=[booked.practitioner], block=away())
    clock.shift(60)

    if deal == "keep":
        keep(booked, by=by)
    elif deal == "cancel":
        actions.cancel(appointment=booked, reason="practice", by=by)
    else:
        actions.move(
            appointment=booked,
            practitioner=booked.practitioner,
            location=booked.location,
            start=at("10:00", TUESDAY + timedelta(days=1)),
            by=by,
        )

    assert list_caught() == []


def test_kept_visit_is_caught_again_by_a_newer_block_but_not_by_a_new_note(
    booked: Appointment, by: Actor, clock: Any
) -> None:
    [row] = block_time(practitioners=[booked.practitioner], block=away())
    clock.shift(60)
    keep(booked, by=by)
    clock.shift(60)

    change_block(block=row, to=away(note="Teaching"), by=by)
    after_note = list_caught()
    change_block(block=row, to=away(starts_at=time(9), ends_at=time(12)), by=by)

    assert after_note == []
    assert list_caught() == [booked]


def test_visit_of_the_past_is_nobody_s_worry(booked: Appointment, clock: Any) -> None:
    block_time(practitioners=[booked.practitioner], block=away())
    clock.move_to(at("10:01"))

    assert list_caught() == []


def test_closure_since_long_ago_is_looked_at_only_where_visits_may_be(booked: Appointment) -> None:
    closure = practice.close_practice(TUESDAY, name="Typo")
    Closure.objects.update(first_day=date(26, 11, 24))
    closure.refresh_from_db()

    assert list_caught() == [booked]
    days = list_closed_days(closure, first_day=TUESDAY - WEEK, last_day=TUESDAY + WEEK)
    assert (min(days), max(days), len(days)) == (TUESDAY - WEEK, TUESDAY, 8)


def test_location_narrows(booked: Appointment) -> None:
    block_time(practitioners=[booked.practitioner], block=away())

    assert find_caught(now=timezone.now(), place_id=practice.make_location().pk) == []


# --- Keeping ---------------------------------------------------------------------------


def test_keeping_is_for_staff_and_booked_visits(booked: Appointment, by: Actor) -> None:
    block_time(practitioners=[booked.practitioner], block=away())
    [one] = find_caught(now=timezone.now())
    with pytest.raises(actions.NotAllowed):
        actions.keep(appointment=booked, seen=one.mark, by=Actor.patient())
    actions.arrive(appointment=booked, by=by)
    with pytest.raises(actions.NotAllowed):
        actions.keep(appointment=booked, seen=one.mark, by=by)

    assert not booked.events.filter(kind="kept").exists()


def test_visit_is_kept_only_in_what_was_seen(booked: Appointment, by: Actor) -> None:
    block_time(practitioners=[booked.practitioner], block=away())
    [one] = find_caught(now=timezone.now())
    close_practice(closures=[Closure(name="Snow", first_day=TUESDAY, last_day=TUESDAY)])

    with pytest.raises(actions.NotAllowed):
        actions.keep(appointment=booked, seen=one.mark, by=by)

    assert list_caught() == [booked]


def test_keeping_stands_in_the_history(booked: Appointment, by: Actor) -> None:
    block_time(practitioners=[booked.practitioner], block=away())

    keep(booked, by=by)

    event = booked.events.last()
    assert (event.kind, event.actor, event.to_status) == ("kept", by.user, "booked")


# --- Hours that go -----------------------------------------------------------------------


def test_visit_outside_the_new_week_is_caught_and_its_history_says_so(booked: Appointment, by: Actor) -> None:
    replace_week(practitioner=booked.practitioner, pieces=[], first_day=TUESDAY, by=by)

    [one] = find_caught(now=timezone.now())
    assert (one.visit, one.closings, one.is_outside_hours) == (booked, (), True)
    assert booked.events.last().kind == "left_in_closed"


def test_visit_in_the_new_week_is_not_caught(booked: Appointment, location: Location, by: Actor) -> None:
    piece = Piece(1, time(10), time(10, 40), location.pk)

    replace_week(practitioner=booked.practitioner, pieces=[piece], first_day=TUESDAY, by=by)

    assert list_caught() == []


def test_removed_rule_catches_and_a_new_one_lets_go(
    booked: Appointment, location: Location, by: Actor
) -> None:
    remove_rules(rules=AvailabilityRule.objects.all(), by=by)
    caught = list_caught()

    practice.add_hours(booked.practitioner, location, weekday=1, hours="09:00-12:00")

    assert caught == [booked]
    assert list_caught() == []


def test_visit_outside_hours_before_the_change_is_left_in_peace(
    booked: Appointment, patient: Any, by: Actor, clock: Any
) -> None:
    saturday = TUESDAY + timedelta(days=4)
    actions.book_visit(
        visit_type=booked.visit_type,
        practitioner=booked.practitioner,
        location=booked.location,
        start=at("10:00", saturday),
        patient=patient,
        by=by,
        override=actions.SETTABLE_ASIDE,
    )
    clock.shift(60)

    remove_rules(rules=booked.practitioner.rules.filter(weekday=1), by=by)

    assert list_caught() == [booked]


def test_extra_time_that_is_removed_catches_its_visits(
    booked: Appointment,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    by: Actor,
    clock: Any,
) -> None:
    saturday = TUESDAY + timedelta(days=4)
    extra = away(saturday, kind=EXTRA, location=location, starts_at=time(9), ends_at=time(12))
    [row] = block_time(practitioners=[practitioner], block=extra)
    weekend = actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at("09:00", saturday),
        patient=practice.make_patient(),
        by=by,
    )
    clock.shift(60)

    remove_block(block=row, by=by)
    caught = list_caught()
    clock.shift(60)
    keep(weekend, by=by)

    assert caught == [weekend]
    assert list_caught() == []


# --- Undone ----------------------------------------------------------------------------


def test_visit_that_is_moved_back_into_closed_time_is_caught_again(
    booked: Appointment, by: Actor, clock: Any
) -> None:
    block_time(practitioners=[booked.practitioner], block=away())
    moved = actions.move(
        appointment=booked,
        practitioner=booked.practitioner,
        location=booked.location,
        start=at("10:00", TUESDAY + timedelta(days=1)),
        by=by,
    )
    clock.shift(60)

    actions.move_back(appointment=moved, by=by)

    assert list_caught() == [booked]


def test_visit_whose_cancellation_is_undone_in_hours_that_are_gone_is_caught(
    booked: Appointment, by: Actor, clock: Any
) -> None:
    cancelled = actions.cancel(appointment=booked, reason="practice", by=by)
    remove_rules(rules=AvailabilityRule.objects.all(), by=by)
    clock.shift(60)

    actions.undo(appointment=cancelled, by=by)

    assert list_caught() == [booked]


@pytest.mark.parametrize("steps", [["arrive"], ["arrive", "check_in", "fulfil"], ["mark_noshow"]])
def test_visit_whose_steps_are_undone_in_hours_that_went_meanwhile_is_caught(
    booked: Appointment, by: Actor, steps: list[str]
) -> None:
    visit = booked
    for step in steps:
        visit = getattr(actions, step)(appointment=visit, by=by)
    remove_rules(rules=AvailabilityRule.objects.all(), by=by)

    for _ in steps:
        visit = actions.undo(appointment=visit, by=by)

    assert list_caught() == [booked]


def test_visit_outside_the_hours_that_has_arrived_by_mistake_is_left_in_peace(
    booked: Appointment, patient: Any, by: Actor
) -> None:
    evening = actions.book_visit(
        visit_type=booked.visit_type,
        practitioner=booked.practitioner,
        location=booked.location,
        start=at("20:00"),
        patient=patient,
        by=by,
        override=actions.SETTABLE_ASIDE,
    )
    arrived = actions.arrive(appointment=evening, by=by)

    actions.undo(appointment=arrived, by=by)

    assert list_caught() == []


def test_undo_into_open_time_catches_nobody(booked: Appointment, by: Actor) -> None:
    cancelled = actions.cancel(appointment=booked, reason="practice", by=by)

    actions.undo(appointment=cancelled, by=by)

    assert list_caught() == []
    assert not booked.events.filter(kind="left_in_closed").exists()


# --- Queries ---------------------------------------------------------------------------


def test_queries_do_not_grow(booked: Appointment, by: Actor, clock: Any) -> None:
    block_time(practitioners=[booked.practitioner], block=away())
    with CaptureQueriesContext(connection) as for_one:
        assert len(find_caught(now=timezone.now())) == 1
    for _ in range(2):
        person = practice.make_practitioner(visit_types=[booked.visit_type], location=booked.location)
        actions.book_visit(
            visit_type=booked.visit_type,
            practitioner=person,
            location=booked.location,
            start=booked.start + WEEK,
            patient=practice.make_patient(),
            by=by,
        )
    clock.shift(60)
    remove_rules(rules=AvailabilityRule.objects.all(), by=by)

    with CaptureQueriesContext(connection) as for_three:
        assert len(find_caught(now=timezone.now())) == 3

    assert len(for_three) == len(for_one) <= 6
