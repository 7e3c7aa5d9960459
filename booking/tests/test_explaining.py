"""Why a start is not offered; and several visit types read at once, which must say what each says alone."""

from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking import actions, availability
from booking.availability.explaining import Candidate, Explanation, explain_day
from booking.engine.rules import Code
from booking.models import Appointment, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.practice import NOW, TUESDAY, at
from booking.tests.test_offered import build, practices

SATURDAY = TUESDAY + timedelta(days=4)


def explain(visit: Appointment, **changes: Any) -> list[Explanation]:
    asked = {"visit_type": visit.visit_type, "practitioner": visit.practitioner, "day": TUESDAY}
    return explain_day(**{**asked, **changes})


def find(explanations: list[Explanation], clock: str) -> Candidate:
    """The only candidate at that time."""
    [candidate] = [one for place in explanations for one in place.candidates if one.start == at(clock)]
    return candidate


def codes(candidate: Candidate) -> list[Code]:
    return [reason.refusal.code for reason in candidate.reasons]


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(plan=practices(), does_it=st.booleans())
def test_starts_without_a_reason_are_those_that_are_offered(plan: dict[str, Any], does_it: bool) -> None:
    with time_machine.travel(NOW, tick=False), transaction.atomic():
        visit_type, practitioner, _ = build(plan)
        if not does_it:
            practitioner.visit_types.clear()
        listed = availability.find_slots(
            visit_type=visit_type, first_day=TUESDAY, last_day=TUESDAY, practitioner=practitioner
        )

        explained = explain_day(visit_type=visit_type, practitioner=practitioner, day=TUESDAY)

        candidates = [candidate for place in explained for candidate in place.candidates]
        assert [one.start for one in candidates if one.is_offered] == [slot.start for slot in listed]
        assert len({one.start for one in candidates}) == len(candidates)
        # Whatever is in the way can be named.
        for reason in (reason for one in candidates if not one.is_break for reason in one.reasons):
            assert reason.visits or reason.refusal.code != Code.TAKEN
            assert reason.closings or reason.refusal.code != Code.CLOSED
            assert reason.kept or reason.refusal.code != Code.KEPT
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(plan=practices(), other_limit=st.sampled_from([None, 1]), other_buffer=st.sampled_from([0, 30]))
def test_calendars_read_at_once_say_what_each_says_alone(
    plan: dict[str, Any], other_limit: int | None, other_buffer: int
) -> None:
    with time_machine.travel(NOW, tick=False), transaction.atomic():
        visit_type, practitioner, location = build(plan)
        other = practice.make_visit_type(
            daily_limit=other_limit, buffer_before=other_buffer, rooms=list(visit_type.rooms.all())[:1]
        )
        practitioner.visit_types.add(other)
        practice.make_visit_type()
        days = {"first_day": TUESDAY, "last_day": TUESDAY + timedelta(days=1)}

        together = availability.read_calendars(location=location, **days)

        alone = [
            availability.find_slots(visit_type=calendar.visit_type, location=location, **days)
            for calendar in together
        ]
        assert [calendar.slots() for calendar in together] == alone
        transaction.set_rollback(True)


def test_queries_for_all_visit_types_do_not_grow(
    visit: Appointment, django_assert_num_queries: Any, location: Location
) -> None:
    days = {"first_day": TUESDAY, "last_day": TUESDAY}
    with django_assert_num_queries(9):
        availability.read_calendars(**days)
    for _ in range(2):
        more = practice.make_visit_type(rooms=[practice.make_room(location)])
        practice.close(practice.make_practitioner(visit_types=[more], location=location), TUESDAY)

    with django_assert_num_queries(9):
        assert len(availability.read_calendars(**days)) == 3


def test_visit_and_the_time_around_it_are_named(visit: Appointment) -> None:
    VisitType.objects.update(buffer_after=10)
    visit.visit_type.refresh_from_db()

    explained = explain(visit)

    for clock in ("09:20", "09:40", "10:00", "10:20"):
        [reason] = find(explained, clock).reasons
        assert reason.visits == (visit,)
    assert find(explained, "10:40").is_offered


def test_closing_is_named(visit: Appointment) -> None:
    practice.close(visit.practitioner, TUESDAY, starts_at=time(13), ends_at=time(15), note="Teaching")

    [reason] = find(explain(visit), "13:00").reasons

    assert [closing.label for closing in reason.closings] == ["Teaching"]


def test_break_between_two_clinic_hours_has_its_own_starts(location: Location, visit: Appointment) -> None:
    practice.add_hours(visit.practitioner, location, weekday=1, hours="17:30-19:00")

    explained = explain(visit)

    candidate = find(explained, "17:00")
    assert candidate.is_break
    assert codes(candidate) == [Code.OUTSIDE_HOURS]
    assert [at("17:00"), at("17:20")] == [one.start for one in explained[0].candidates if one.is_break]


def test_rooms_that_are_taken_are_named(location: Location, visit: Appointment) -> None:
    room = practice.make_room(location)
    emg = practice.make_visit_type(rooms=[room])
    visit.practitioner.visit_types.add(emg)
    actions.book_visit(
        visit_type=emg,
        practitioner=practice.make_practitioner(visit_types=[emg], location=location),
        location=location,
        start=at("12:00"),
        patient=practice.make_patient(),
        by=actions.Actor.system(),
    )

    [reason] = find(explain(visit, visit_type=emg), "12:00").reasons

    assert reason.refusal.code == Code.NO_ROOM
    assert reason.rooms == (room,)


def test_each_place_of_the_day_is_explained_by_itself(location: Location, visit: Appointment) -> None:
    elsewhere = practice.make_location()
    practice.add_hours(visit.practitioner, elsewhere, weekday=1, hours="18:00-20:00")

    assert [one.location for one in explain(visit)] == [location, elsewhere]
    assert [one.location for one in explain(visit, location=elsewhere)] == [elsewhere]
    assert explain(visit, day=SATURDAY) == []


def test_queries_do_not_grow_with_the_day(visit: Appointment, django_assert_num_queries: Any) -> None:
    explain(visit)  # the set-up is known from now on
    with django_assert_num_queries(3):
        explain(visit)
    for clock in ("12:00", "13:00"):
        actions.book_visit(
            visit_type=visit.visit_type,
            practitioner=visit.practitioner,
            location=visit.location,
            start=at(clock),
            patient=practice.make_patient(),
            by=actions.Actor.system(),
        )

    with django_assert_num_queries(3):
        explain(visit)


def test_hold_that_ran_out_is_not_in_the_way(
    visit_type: VisitType, practitioner: Practitioner, location: Location, clock: Any
) -> None:
    held = actions.hold(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at("11:00"),
        holder="a",
        holder_address="b",
        by=actions.Actor.patient(),
    )

    before = find(explain(held), "11:00")
    clock.shift(timedelta(minutes=21))

    assert not before.is_offered
    assert find(explain(held), "11:00").is_offered
