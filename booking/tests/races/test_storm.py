"""Everybody does everything at once for ten seconds, and nothing overlaps."""

import random
import time
from collections import Counter
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from booking import actions, availability
from booking.models import Appointment, Practitioner, VisitType
from booking.tests import practice
from booking.tests.races.at_once import count_deadlocks, count_overlaps, run_at_once

pytestmark = pytest.mark.django_db(transaction=True)

BY_PATIENT = actions.Actor.patient()
STORM_SECONDS = 10
STORM_THREADS = 8
# On a busy machine the storm goes on for longer, until everything has happened in it.
STORM_LONGEST_SECONDS = 60
STORM_KINDS = ("book", "move", "cancel", "taken")


def storm(room_type: VisitType, seed: int, outcomes: Counter[str], began: float) -> None:
    """Hold, book, move and cancel on a few crowded days, from listings that are mostly stale."""
    dice = random.Random(seed)
    mine: list[Appointment] = []
    slots: list[availability.Slot] = []
    first = timezone.localdate() + timedelta(days=1)
    for turn in count():
        seconds = time.monotonic() - began
        if seconds > STORM_LONGEST_SECONDS or (
            seconds > STORM_SECONDS and all(map(outcomes.get, STORM_KINDS))
        ):
            return
        if turn % 10 == 0:
            slots = availability.find_slots(
                visit_type=room_type, first_day=first, last_day=first + timedelta(days=3)
            )
        slot = dice.choice(slots[:12])
        place = {"practitioner": slot.practitioner, "location": slot.location, "start": slot.start}
        choice = dice.choice(["book", "move", "move", "cancel"]) if len(mine) > 2 else "book"
        try:
            if choice == "book":
                session = f"storm-{seed}"
                held = actions.hold(
                    visit_type=room_type, **place, holder=session, holder_address=session, by=BY_PATIENT
                )
                details = actions.PatientDetails(given_name="S", family_name="T", birth_date=practice.TUESDAY)
                mine.append(actions.book(hold=held, patient=details, by=BY_PATIENT))
            elif choice == "move":
                index = dice.randrange(len(mine))
                mine[index] = actions.move(appointment=mine[index], **place, by=BY_PATIENT)
            else:
                visit = mine.pop(dice.randrange(len(mine)))
                actions.cancel(appointment=visit, reason="patient", by=BY_PATIENT)
            outcomes[choice] += 1
        except (actions.SlotTaken, actions.HoldLost):
            outcomes["taken"] += 1


def test_storm_of_booking_moving_and_cancelling_has_no_overlap(
    room_type: VisitType, practitioners: list[Practitioner], settings: Any
) -> None:
    """Busy, or any error but SlotTaken, ends the test: eight people are not too many for a practice."""
    settings.MAX_HOLD_TRIES_PER_HOUR = settings.MAX_BOOKINGS_PER_DAY = settings.MAX_MOVES_PER_DAY = 100_000
    outcomes: Counter[str] = Counter()
    deadlocks_before = count_deadlocks()
    began = time.monotonic()

    run_at_once(STORM_THREADS, lambda seed: storm(room_type, seed, outcomes, began))

    assert count_overlaps() == 0
    # Retries would hide them from patients; the order of the locks is there to have none.
    assert count_deadlocks() == deadlocks_before
    assert all(outcomes[kind] > 0 for kind in STORM_KINDS), outcomes
