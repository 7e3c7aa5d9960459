"""What the demo practice books as one: a chain of two visits on one day, and a series."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

from booking import actions, availability
from booking.actions import Actor, SomeRefused, Wanted
from booking.availability import Slot
from booking.availability.pairs import choose_shortest
from booking.demo import spanish
from booking.demo.people import Words
from booking.engine.repeating import list_starts
from booking.models import Appointment, Chain, Patient, Source, VisitType
from booking.models.practice import LONGEST_HORIZON

EVERY_WEEKS, TIMES = 2, 3
# Who is seen regularly, and from when on.
SEEN_BY, FIRST_AFTER = "lena-fischer", timedelta(days=5)


def make_chain() -> Chain:
    return Chain.objects.create(
        name="Nerve test, then your visit",
        summary="Two visits on one day: first the test, then we talk about what it shows.",
        first=VisitType.objects.get(slug="emg"),
        second=VisitType.objects.get(slug="follow-up"),
        least_gap=20,
        most_gap=90,
        **spanish.CHAIN,
    )


def book_some_together(*, now: datetime, random: Random) -> None:
    """Book the soonest pair of the chain, and a series of follow-up visits that fits, for two patients."""
    regular, tested = Patient.objects.filter(appointments__start__lt=now).distinct().order_by("pk")[:2]
    words = Words(random=random)
    _book_pair(tested, now=now, words=words)
    _book_series(regular, now=now, words=words)


def _book_pair(patient: Patient, *, now: datetime, words: Words) -> list[Appointment]:
    today = timezone.localdate(now)
    chain = Chain.objects.select_related("first", "second").get()
    pairs = choose_shortest(
        availability.find_pairs(
            chain=chain, first_day=today, last_day=today + timedelta(weeks=4), patient=patient
        )
    )
    visits = [
        _want(slot, visit_type)
        for pair in pairs[:1]
        for slot, visit_type in ((pair.first, chain.first), (pair.second, chain.second))
    ]
    said = words.invent(chain.first)
    return actions.book_together(
        visits=visits,
        chain=chain,
        patient=patient,
        visit=replace(said, replies=said.replies + words.invent(chain.second).replies),
        by=Actor.system(),
        source=Source.DEMO,
    )


def _book_series(patient: Patient, *, now: datetime, words: Words) -> list[Appointment]:
    """Take the first start whose later dates are free as well, over holidays and teaching."""
    first_day = timezone.localdate(now + FIRST_AFTER)
    visit_type = VisitType.objects.get(slug="follow-up")
    slots = availability.find_slots(
        visit_type=visit_type,
        first_day=first_day,
        last_day=first_day + timedelta(weeks=2),
        practitioner=visit_type.practitioners.get(slug=SEEN_BY),
        patient=patient,
    )
    for slot in slots:
        first = _want(slot, visit_type)
        starts = list_starts(slot.start, zone=slot.location.zone, every_weeks=EVERY_WEEKS, times=TIMES)
        visits = [replace(first, start=start) for _, start in starts if start is not None]
        try:
            return actions.book_together(
                visits=visits,
                every_weeks=EVERY_WEEKS,
                patient=patient,
                visit=words.invent(visit_type),
                by=Actor.system(),
                source=Source.DEMO,
            )
        except SomeRefused:
            continue
    return []


def _want(slot: Slot, visit_type: VisitType) -> Wanted:
    return Wanted(
        visit_type=visit_type,
        practitioner=slot.practitioner,
        location=slot.location,
        start=slot.start,
        horizon=LONGEST_HORIZON,
    )
