"""Visits of the demo practice: four weeks past and six to come, all through the actions."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from booking import actions, availability
from booking.actions import Actor
from booking.availability import Slot
from booking.demo.people import Register, Words
from booking.engine.rules import Code
from booking.models import Appointment, CancellationReason, Practitioner, Source, VisitType

WEEKS_PAST = 4
WEEKS_TO_COME = 6
# How likely an open start is taken, by weeks from this one: a calendar fills from the near end.
# A visit costs 25 ms to make, so that a denser calendar would make the first start a long wait.
TAKEN = {0: 0.28, 1: 0.1, 2: 0.06, 3: 0.05, 4: 0.03, 5: 0.02, 6: 0.02}
TAKEN_IN_THE_PAST = 0.04

# How often each visit type is chosen among those that somebody offers; others: 1.
WEIGHTS = {
    "new-patient": 4,
    "follow-up": 5,
    "emg": 4,
    "botox": 4,
    "telehealth-follow-up": 2,
}


def fill_calendar(*, now: datetime, staff: Any, random: Random) -> None:
    """Book the demo's visits and bring those of the past to their end. The same `random` gives the same."""
    monday = timezone.localdate(now)
    monday -= timedelta(days=monday.weekday())
    register = Register(random=random)
    words = Words(random=random)
    for slot, visit_type in _choose_slots(monday=monday, random=random):
        # Rooms are shared, so that one choice can stand in the way of another.
        with suppress(actions.SlotTaken):
            patient, related_person = register.find_patient(visit_type)
            visit = actions.book_visit(
                visit_type=visit_type,
                practitioner=slot.practitioner,
                location=slot.location,
                start=slot.start,
                patient=patient,
                related_person=related_person,
                by=Actor.system(),
                source=Source.DEMO,
                visit=words.invent(visit_type),
                override={Code.PAST, Code.TOO_SOON},
            )
            _bring_up_to(now, visit, by=Actor.staff(staff), random=random)


def _choose_slots(*, monday: date, random: Random) -> Iterator[tuple[Slot, VisitType]]:
    """Yield starts in order of time that do not overlap in anybody's calendar.

    The openings of all weeks are read once for each visit type, while there are no visits,
    as seen from the first day.
    """
    first_day = monday - timedelta(weeks=WEEKS_PAST)
    last_day = monday + timedelta(weeks=WEEKS_TO_COME, days=6)
    offers: dict[tuple[datetime, Practitioner], list[tuple[Slot, VisitType]]] = defaultdict(list)
    for visit_type in VisitType.objects.all():
        slots = availability.find_slots(
            visit_type=visit_type,
            first_day=first_day,
            last_day=last_day,
            now=datetime.combine(first_day, time(), UTC),
        )
        for slot in slots:
            offers[slot.start, slot.practitioner].append((slot, visit_type))
    free_from: dict[Practitioner, datetime] = {}
    in_order = sorted(offers.items(), key=lambda offer: (offer[0][0], offer[0][1].pk))
    for (start, practitioner), choices in in_order:
        week = (timezone.localdate(start) - monday).days // 7
        is_taken = random.random() < (TAKEN_IN_THE_PAST if week < 0 else TAKEN[week])
        if not is_taken or start < free_from.get(practitioner, start):
            continue
        weights = [WEIGHTS.get(visit_type.slug, 1) for _, visit_type in choices]
        slot, visit_type = random.choices(choices, weights)[0]
        free_from[practitioner] = slot.end + timedelta(minutes=visit_type.buffer_after)
        yield slot, visit_type


def _bring_up_to(now: datetime, visit: Appointment, *, by: Actor, random: Random) -> None:
    """Take a visit to where the front desk would have it at `now`."""
    luck = random.random()
    if luck < 0.05:
        by_whom = random.choice([CancellationReason.PATIENT, CancellationReason.PRACTICE])
        actions.cancel(appointment=visit, reason=by_whom, by=by)
    elif luck < 0.1 and visit.end <= now:
        actions.mark_noshow(appointment=visit, by=by)
    else:
        if visit.start <= now + timedelta(minutes=20):
            actions.arrive(appointment=visit, by=by)
        if visit.start <= now:
            actions.check_in(appointment=visit, by=by)
        if visit.end <= now:
            actions.fulfil(appointment=visit, by=by)
