"""The promise: what is offered can be booked, and nothing else can. Of practices drawn by lot."""

from collections import Counter
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking import actions, availability
from booking.models import AvailabilityException, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.practice import NOW, TUESDAY, at

BY_SYSTEM = actions.Actor.system()

hours = st.tuples(st.integers(8, 12), st.integers(13, 18))
turns = st.sampled_from([None, 1, 23, 24, 27])


@st.composite
def practices(draw: st.DrawFn) -> dict[str, Any]:
    """The parts of a small practice around one Tuesday, with everything that can be in the way."""
    return {
        "zone": draw(st.sampled_from(["America/New_York", "Asia/Kolkata"])),
        "duration": draw(st.sampled_from([15, 20, 40, 60])),
        "step": draw(st.sampled_from([10, 15, 20, 35])),
        "buffers": (draw(st.sampled_from([0, 5, 20])), draw(st.sampled_from([0, 10]))),
        "rooms": draw(st.integers(0, 2)),
        "limit": draw(st.sampled_from([None, 1, 3])),
        "notice": draw(st.sampled_from([0, 60, 26 * 60])),
        "hours": draw(st.lists(hours, min_size=1, max_size=3)),
        "closed": draw(st.lists(hours, max_size=2)),
        "extra": draw(st.lists(hours, max_size=1)),
        "closure": draw(st.sampled_from([None, (12, 13), (8, 18)])),
        "kept": draw(st.lists(st.tuples(hours, st.booleans(), turns, turns), max_size=2)),
        "bookings": draw(st.lists(st.integers(0, 60), max_size=6)),
        "tries": draw(st.lists(st.integers(7 * 12, 19 * 12), min_size=4, max_size=12, unique=True)),
    }


def build(plan: dict[str, Any]) -> tuple[VisitType, Practitioner, Location]:
    location = practice.make_location(time_zone=plan["zone"])
    rooms = [practice.make_room(location) for _ in range(plan["rooms"])]
    visit_type = practice.make_visit_type(
        duration=plan["duration"],
        start_step=plan["step"],
        buffer_before=plan["buffers"][0],
        buffer_after=plan["buffers"][1],
        daily_limit=plan["limit"],
        minimum_notice=plan["notice"],
        rooms=rooms,
    )
    people = [practice.make_practitioner(visit_types=[visit_type]) for _ in range(2)]
    for begin, end in plan["hours"]:
        for person in people:
            practice.add_hours(person, location, weekday=1, hours=f"{begin:02}:00-{end:02}:30")
    for begin, end in plan["closed"]:
        practice.close(people[0], TUESDAY, starts_at=time(begin, 10), ends_at=time(end))
    for begin, end in plan["extra"]:
        practice.close(
            people[0],
            TUESDAY,
            kind=AvailabilityException.Kind.EXTRA,
            location=location,
            starts_at=time(begin),
            ends_at=time(end, 45),
        )
    if plan["closure"]:
        begin, end = plan["closure"]
        practice.close_practice(TUESDAY, location=location, starts_at=time(begin), ends_at=time(end))
    for (begin, end), is_for, *turn in plan["kept"]:
        opens, released = sorted(turn, reverse=True) if None not in turn else turn
        practice.keep(
            TUESDAY,
            f"{begin:02}:20-{end:02}:00",
            visit_types=[visit_type] if is_for else [],
            opens_hours=opens,
            released_hours=released,
        )
    for choice in plan["bookings"]:
        free = availability.find_slots(visit_type=visit_type, first_day=TUESDAY, last_day=TUESDAY)
        if free:
            slot = free[choice % len(free)]
            actions.book_visit(
                visit_type=visit_type,
                practitioner=slot.practitioner,
                location=slot.location,
                start=slot.start,
                patient=practice.make_patient(),
                by=BY_SYSTEM,
            )
    return visit_type, people[0], location


def try_to_hold(
    visit_type: VisitType, practitioner: Practitioner, location: Location, start: datetime
) -> bool:
    try:
        with transaction.atomic():
            actions.hold(
                visit_type=visit_type,
                practitioner=practitioner,
                location=location,
                start=start,
                holder="property",
                holder_address="",
                by=actions.Actor.patient(),
            )
            transaction.set_rollback(True)
    except actions.Refused:
        return False
    return True


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(plan=practices())
def test_offered_exactly_when_bookable(plan: dict[str, Any]) -> None:
    with time_machine.travel(NOW, tick=False), transaction.atomic():
        visit_type, practitioner, location = build(plan)
        listed = availability.find_slots(
            visit_type=visit_type, first_day=TUESDAY, last_day=TUESDAY, practitioner=practitioner
        )
        offered = {slot.start for slot in listed}
        midnight = datetime.combine(TUESDAY, time(), ZoneInfo(plan["zone"]))
        tries = {midnight + timedelta(minutes=5 * step) for step in plan["tries"]} | set(list(offered)[:6])

        bookable = {start for start in tries if try_to_hold(visit_type, practitioner, location, start)}

        assert bookable == tries & offered
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(plan=practices(), by_video=st.booleans(), places=st.integers(1, 2))
def test_shared_listing_has_every_start_once_with_somebody_free(
    plan: dict[str, Any], by_video: bool, places: int
) -> None:
    with time_machine.travel(NOW, tick=False), transaction.atomic():
        visit_type = build(plan)[0]
        if by_video:
            visit_type.mode = VisitType.Mode.TELEHEALTH
            visit_type.save()
        if places == 2:
            elsewhere = practice.make_location(time_zone=plan["zone"])
            visit_type.rooms.add(*[practice.make_room(elsewhere) for _ in range(plan["rooms"])])
            practice.make_practitioner(visit_types=[visit_type], location=elsewhere)
        days = {"first_day": TUESDAY, "last_day": TUESDAY + timedelta(days=1)}
        everything = availability.find_slots(visit_type=visit_type, **days)
        offered = {slot.key for slot in everything}

        calendar = availability.read_calendar(visit_type=visit_type, **days)
        shared = calendar.shared_slots()
        soonest = availability.find_soonest(visit_type=visit_type)
        one_place = [
            slot
            for place in calendar.locations
            for slot in availability.read_calendar(
                visit_type=visit_type, location=place, **days
            ).shared_slots()
        ]

        def name(slot: availability.Slot) -> Any:
            return slot.start if by_video else (slot.start, slot.location.pk)

        assert sorted(map(name, shared)) == sorted({name(slot) for slot in everything})
        assert {slot.key for slot in shared} <= offered
        assert [slot.start for slot in shared] == sorted(slot.start for slot in shared)
        assert len({slot.start for slot in soonest}) == len(soonest)
        # One moment, one answer: whatever else a listing holds, a start has the same clinician.
        ahead = [slot.key for slot in soonest if slot.local_start.date() in days.values()]
        assert set(ahead) <= {slot.key for slot in shared}
        if not by_video:
            assert {slot.key for slot in one_place} == {slot.key for slot in shared}
        transaction.set_rollback(True)


@pytest.mark.usefixtures("clock")
def test_equal_days_are_spread_over_everybody(visit_type: VisitType, location: Location) -> None:
    people = [practice.make_practitioner(visit_types=[visit_type], location=location) for _ in range(3)]

    calendar = availability.read_calendar(
        visit_type=visit_type, first_day=TUESDAY, last_day=TUESDAY + timedelta(days=2)
    )
    taken = Counter(slot.practitioner for slot in calendar.shared_slots())

    assert sum(taken.values()) == 3 * 23
    assert all(18 <= taken[person] <= 28 for person in people)


@pytest.mark.usefixtures("clock")
def test_only_choice_looks_at_the_place_and_by_video_everywhere(
    visit_type: VisitType, practitioner: Practitioner, location: Location
) -> None:
    elsewhere = practice.make_location()
    practice.make_practitioner(visit_types=[visit_type], location=elsewhere, hours="10:00-12:00")
    choice = availability.SlotChoice(practitioner=practitioner, location=location, start=at("10:00"))

    alone_here = availability.is_only_choice(choice, visit_type=visit_type)
    visit_type.mode = VisitType.Mode.TELEHEALTH
    visit_type.save()
    alone_by_video = availability.is_only_choice(choice, visit_type=visit_type)

    assert (alone_here, alone_by_video) == (True, False)
