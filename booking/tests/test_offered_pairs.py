"""The promise, for the two visits of a chain: what is offered can be booked, and nothing else can."""

from datetime import datetime, time, timedelta
from itertools import product
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking import actions, availability
from booking.actions import Wanted
from booking.availability import SlotChoice
from booking.availability.pairs import choose_shortest
from booking.models import Chain, Location, Patient, Practitioner
from booking.tests import practice
from booking.tests.practice import NOW, TUESDAY, at

BY_SYSTEM = actions.Actor.system()

kinds = st.fixed_dictionaries(
    {
        "duration": st.sampled_from([15, 20, 40]),
        "start_step": st.sampled_from([15, 20, 35]),
        "buffer_before": st.sampled_from([0, 10]),
        "buffer_after": st.sampled_from([0, 5, 20]),
        "daily_limit": st.sampled_from([None, 1, 2]),
    }
)


@st.composite
def practices(draw: st.DrawFn) -> dict[str, Any]:
    """Two clinicians, one room or none for each kind or for both, a short Tuesday with visits in the way."""
    return {
        "kinds": [draw(kinds), draw(kinds)],
        "rooms": draw(st.sampled_from(["none", "one for both", "one each"])),
        "does": draw(st.sampled_from([(True, True), (True, False), (False, True)])),
        "gap": (draw(st.sampled_from([0, 15, 30])), draw(st.sampled_from([30, 45, 120]))),
        "closed": draw(st.sampled_from([None, (10, 11)])),
        "bookings": draw(st.lists(st.tuples(st.booleans(), st.integers(0, 60)), max_size=4)),
        "own": draw(st.lists(st.integers(0, 60), max_size=1)),
    }


def build(plan: dict[str, Any]) -> tuple[Chain, list[Practitioner], Location, Patient]:
    location = practice.make_location()
    rooms = [practice.make_room(location) for _ in range(2)]
    first, second = (practice.make_visit_type(**fields) for fields in plan["kinds"])
    if plan["rooms"] != "none":
        first.rooms.set([rooms[0]])
        second.rooms.set([rooms[plan["rooms"] == "one each"]])
    chain = Chain.objects.create(
        name="Both", first=first, second=second, least_gap=plan["gap"][0], most_gap=plan["gap"][1]
    )
    # The first does both, the second what the plan says.
    others = [kind for kind, does in zip((first, second), plan["does"], strict=True) if does]
    people = [practice.make_practitioner(visit_types=some) for some in ([first, second], others)]
    for person in people:
        practice.add_hours(person, location, weekday=1, hours="09:00-12:00")
    if plan["closed"]:
        begin, end = plan["closed"]
        practice.close(people[0], TUESDAY, starts_at=time(begin), ends_at=time(end))
    patient = practice.make_patient()
    for is_second, choice in plan["bookings"]:
        book_one(second if is_second else first, choice, practice.make_patient())
    for choice in plan["own"]:
        book_one(second, choice, patient)
    return chain, people, location, patient


def book_one(visit_type: Any, choice: int, patient: Patient) -> None:
    free = availability.find_slots(
        visit_type=visit_type, first_day=TUESDAY, last_day=TUESDAY, patient=patient
    )
    if free:
        slot = free[choice % len(free)]
        actions.book_visit(
            visit_type=visit_type,
            practitioner=slot.practitioner,
            location=slot.location,
            start=slot.start,
            patient=patient,
            by=BY_SYSTEM,
        )


def try_to_book(chain: Chain, first: SlotChoice, second: SlotChoice, patient: Patient) -> bool:
    wanted = [
        Wanted(
            visit_type=visit_type,
            practitioner=choice.practitioner,
            location=choice.location,
            start=choice.start,
        )
        for visit_type, choice in ((chain.first, first), (chain.second, second))
    ]
    try:
        with transaction.atomic():
            actions.book_together(visits=wanted, chain=chain, patient=patient, by=BY_SYSTEM)
            transaction.set_rollback(True)
    except (actions.SomeRefused, actions.NotAPair):
        return False
    return True


@pytest.mark.django_db
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(plan=practices(), chance=st.randoms(use_true_random=False))
def test_pairs_are_offered_exactly_when_they_can_be_booked(plan: dict[str, Any], chance: Any) -> None:
    with time_machine.travel(NOW, tick=False), transaction.atomic():
        chain, people, location, patient = build(plan)

        pairs = availability.find_pairs(chain=chain, first_day=TUESDAY, last_day=TUESDAY, patient=patient)

        offered = {(pair.first.key, pair.second.key) for pair in pairs}
        # All that lie on either grid and a little beside them, by everybody.
        choices = [
            SlotChoice(
                start=at("08:55") + timedelta(minutes=5 * step), practitioner=person, location=location
            )
            for step in range(39)
            for person in people
        ]
        every = [(one, other) for one, other in product(choices, choices) if other.start > one.start]
        tried = chance.sample(every, 20)
        tried += [pair for pair in every if (pair[0].key, pair[1].key) in offered][:10]
        for first, second in tried:
            is_offered = (first.key, second.key) in offered
            assert try_to_book(chain, first, second, patient) == is_offered
        transaction.set_rollback(True)


@pytest.fixture
def chain(location: Location) -> Chain:
    test = practice.make_visit_type(duration=60, buffer_after=20)
    visit = practice.make_visit_type(duration=20)
    practice.make_practitioner(visit_types=[test], location=location, hours="09:00-11:00")
    practice.make_practitioner(visit_types=[visit], location=location, hours="09:00-12:00")
    return Chain.objects.create(name="Test, then visit", first=test, second=visit, most_gap=60)


def spell(pairs: list[availability.Pair]) -> list[str]:
    def clock(at: datetime) -> str:
        return at.astimezone(practice.NEW_YORK).strftime("%H:%M")

    return [f"{clock(pair.first.start)} {clock(pair.second.start)}" for pair in pairs]


def test_soonest_first_and_shortest_wait(clock: Any, chain: Chain) -> None:
    pairs = availability.find_pairs(chain=chain, first_day=TUESDAY, last_day=TUESDAY)

    # From 10 am on: twenty minutes after the test are kept free.
    assert spell(pairs)[:4] == ["09:00 10:20", "09:00 10:40", "09:00 11:00", "09:20 10:40"]
    assert spell(choose_shortest(pairs)) == ["09:00 10:20", "09:20 10:40", "09:40 11:00", "10:00 11:20"]
    assert pairs[0].wait == 20


def test_nothing_goes_from_one_place_to_another(clock: Any, chain: Chain) -> None:
    elsewhere = practice.make_location()
    practice.make_practitioner(visit_types=[chain.second], location=elsewhere)

    pairs = availability.find_pairs(chain=chain, first_day=TUESDAY, last_day=TUESDAY)

    assert {pair.second.location for pair in pairs} == {pairs[0].first.location}


def test_chain_that_is_off_offers_nothing(clock: Any, chain: Chain) -> None:
    chain.is_active = False

    assert availability.find_pairs(chain=chain, first_day=TUESDAY, last_day=TUESDAY) == []


def test_many_people_and_days_take_no_more_queries(clock: Any, chain: Chain, location: Location) -> None:
    def count(days: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            availability.find_pairs(chain=chain, first_day=TUESDAY, last_day=TUESDAY + timedelta(days=days))
        return len(queries)

    one = count(0)
    for _ in range(2):
        practice.make_practitioner(visit_types=[chain.first, chain.second], location=location)

    assert count(13) == one
