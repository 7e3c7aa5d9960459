"""A booking and a block at the same moment: one of them comes first, and the visit is never silently left."""

import threading
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from booking import actions, availability, blocking
from booking.availability.caught import find_caught
from booking.blocking import BlockedTime, block_time
from booking.models import Appointment, AvailabilityException, Closure, Practitioner, VisitType
from booking.tests import practice
from booking.tests.races.at_once import count_deadlocks, run_at_once

pytestmark = pytest.mark.django_db(transaction=True)

BY_SYSTEM = actions.Actor.system()
ROUNDS = 6


def book(slot: availability.Slot, visit_type: VisitType) -> str:
    try:
        actions.book_visit(
            visit_type=visit_type,
            practitioner=slot.practitioner,
            location=slot.location,
            start=slot.start,
            patient=practice.make_patient(email=""),
            by=BY_SYSTEM,
        )
    except actions.Refused:
        return "refused"
    return "booked"


def block_all_days(practitioners: list[Practitioner]) -> str:
    today = timezone.localdate()
    block_time(
        practitioners=practitioners,
        block=BlockedTime(
            kind=AvailabilityException.Kind.CLOSED,
            first_day=today - timedelta(days=1),
            last_day=today + timedelta(days=60),
        ),
    )
    return "blocked"


@pytest.mark.parametrize("by", ["block", "closure"])
def test_visit_is_refused_or_caught(room_type: VisitType, practitioners: list[Practitioner], by: str) -> None:
    slots = [
        availability.find_soonest(visit_type=room_type, practitioner=person, count=1)[0]
        for person in practitioners
    ]
    for _ in range(ROUNDS):

        def work(number: int) -> str:
            if number:
                return book(slots[number], room_type)
            if by == "block":
                return block_all_days(practitioners)
            today = timezone.localdate()
            closure = Closure(name="Snow", first_day=today, last_day=today + timedelta(days=60))
            blocking.close_practice(closures=[closure])
            return "blocked"

        results = run_at_once(3, work)

        assert results[0] == "blocked"
        caught = {one.visit.pk for one in find_caught(now=timezone.now())}
        assert len(caught) == results.count("booked") == Appointment.objects.count()
        Appointment.objects.all().delete()
        AvailabilityException.objects.all().delete()
        Closure.objects.all().delete()


def test_block_waits_for_a_booking_that_has_begun(
    room_type: VisitType, practitioners: list[Practitioner]
) -> None:
    """The booking holds its lock and has not been written yet: only the lock can make the block later."""
    slot = availability.find_soonest(visit_type=room_type, practitioner=practitioners[0], count=1)[0]
    locked = threading.Event()

    def work(number: int) -> None:
        if number:
            locked.wait()
            block_all_days(practitioners)
            return
        with transaction.atomic():
            book(slot, room_type)
            locked.set()
            # Longer than the block would need without the lock.
            threading.Event().wait(0.5)

    run_at_once(2, work)

    [one] = find_caught(now=timezone.now())
    event = one.visit.events.get()
    assert one.closings[0].changed_at - event.at >= timedelta(seconds=0.5)


def test_crossing_blocks_do_not_deadlock(practitioners: list[Practitioner]) -> None:
    before = count_deadlocks()

    results = run_at_once(4, lambda number: block_all_days(practitioners[:: -1 if number % 2 else 1]))

    assert results == ["blocked"] * 4
    assert count_deadlocks() == before
