"""Limits hold for those who come at the same moment."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking import actions, availability
from booking.actions import booking as booking_action
from booking.limits import HOUR, count_attempt
from booking.models import Attempt, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.races.at_once import run_at_once

pytestmark = pytest.mark.django_db(transaction=True)

BY_PATIENT = actions.Actor.patient()


@pytest.fixture
def look_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two actions take their first look before either writes: both see the place free."""
    check, both_have_looked, here = availability.check, threading.Barrier(2), threading.local()

    def look(**request: Any) -> Any:
        refusals = check(**request)
        if not getattr(here, "has_looked", False):
            here.has_looked = True
            both_have_looked.wait(timeout=10)
        return refusals

    monkeypatch.setattr(availability, "check", look)


@pytest.fixture
def confirm_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two confirms come as far as the lock before either goes on."""
    confirm, both_are_here = booking_action._confirm, threading.Barrier(2)

    def wait_for_the_other(**request: Any) -> Any:
        both_are_here.wait(timeout=10)
        return confirm(**request)

    monkeypatch.setattr(booking_action, "_confirm", wait_for_the_other)


def test_limit_of_holds_an_address_holds_for_eight_at_once(
    room_type: VisitType, location: Location, settings: Any
) -> None:
    """Each with another practitioner, so that no other lock makes them wait for each other."""
    settings.MAX_HOLDS_PER_ADDRESS = 3
    room_type.rooms.clear()
    people = [practice.make_practitioner(visit_types=[room_type], location=location) for _ in range(8)]
    slot = availability.find_soonest(visit_type=room_type, count=1)[0]

    def work(number: int) -> str:
        try:
            actions.hold(
                visit_type=room_type,
                practitioner=people[number],
                location=location,
                start=slot.start,
                holder=f"session-{number}",
                holder_address="one address",
                by=BY_PATIENT,
            )
        except actions.TooManyHolds:
            return "too many"
        return "held"

    results = Counter(run_at_once(8, work))

    assert results == {"held": 3, "too many": 5}


@pytest.mark.usefixtures("look_together")
def test_two_holds_at_once_cannot_pass_a_daily_limit_of_one(
    room_type: VisitType, practitioners: list[Practitioner], location: Location
) -> None:
    room_type.daily_limit = 1
    room_type.save()
    day = (timezone.now() + timedelta(days=7)).date()
    slots = availability.find_slots(
        visit_type=room_type, first_day=day, last_day=day + timedelta(days=3), practitioner=practitioners[0]
    )
    first = slots[0]
    last = [slot for slot in slots if slot.local_start.date() == first.local_start.date()][-1]

    def work(number: int) -> list[str]:
        try:
            actions.hold(
                visit_type=room_type,
                practitioner=practitioners[0],
                location=location,
                start=(first, last)[number].start,
                holder=f"session-{number}",
                holder_address=f"address-{number}",
                by=BY_PATIENT,
            )
        except actions.Refused as refused:
            return [refusal.code for refusal in refused.refusals]
        return ["held"]

    results = run_at_once(2, work)

    assert sorted(results) == [["day_full"], ["held"]]


@pytest.mark.parametrize("same", ["email", "phone"])
def test_two_confirms_at_once_cannot_pass_the_limit_of_coming_visits(
    room_type: VisitType,
    practitioners: list[Practitioner],
    location: Location,
    settings: Any,
    request: pytest.FixtureRequest,
    same: str,
) -> None:
    """With two practitioners and no rooms, so that no other lock makes them wait for each other."""
    settings.MAX_UPCOMING_VISITS = 1
    room_type.rooms.clear()
    slot = availability.find_soonest(visit_type=room_type, count=1)[0]
    holds = [
        actions.hold(
            visit_type=room_type,
            practitioner=practitioners[number],
            location=location,
            start=slot.start,
            holder=f"session-{number}",
            holder_address=f"address-{number}",
            by=BY_PATIENT,
        )
        for number in range(2)
    ]
    contact = {"email": "a@example.org"} if same == "email" else {"phone": "+12125550177"}
    details = actions.PatientDetails(given_name="A", family_name="B", birth_date=practice.TUESDAY, **contact)
    request.getfixturevalue("confirm_together")

    def work(number: int) -> list[str]:
        try:
            actions.book(hold=holds[number], patient=details, by=BY_PATIENT)
        except actions.Refused as refused:
            return [refusal.code for refusal in refused.refusals]
        return ["booked"]

    results = run_at_once(2, work)

    assert sorted(results) == [["booked"], ["too_many_visits"]]


def test_limit_of_tries_holds_for_eight_at_once(db: None) -> None:
    def work(number: int) -> str:
        try:
            count_attempt(kind=Attempt.Kind.HOLD, key="one network", limit=3, window=HOUR)
        except actions.TooManyTries:
            return "too many"
        return "counted"

    results = Counter(run_at_once(8, work))

    assert results == {"counted": 3, "too many": 5}
    assert Attempt.objects.count() == 3
