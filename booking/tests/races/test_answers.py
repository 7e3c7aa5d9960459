"""Remembered answers while everybody writes: what is offered can be booked, at every moment."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from booking import actions, availability
from booking.models import AvailabilityException, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.practice import TUESDAY, at
from booking.tests.races.at_once import run_at_once
from booking.tests.views.walk import read_slots
from clinic.cache import ForgivingRedisCache

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]

BY_PATIENT = actions.Actor.patient()
BY_SYSTEM = actions.Actor.system()
WRITERS = 6
ROUNDS = 5
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture(params=["memory", "redis", "gone"])
def kept_in(request: pytest.FixtureRequest, settings: Any) -> Iterator[None]:
    if request.param != "memory":
        location = request.getfixturevalue("valkey") if request.param == "redis" else NOWHERE
        settings.CACHES = {
            **settings.CACHES,
            "default": {
                "BACKEND": "clinic.cache.ForgivingRedisCache",
                "LOCATION": location,
                "OPTIONS": {"serializer": "clinic.cache.JsonSerializer"},
            },
        }
    ForgivingRedisCache._away_until = 0.0
    cache.clear() if request.param != "gone" else None
    yield
    ForgivingRedisCache._away_until = 0.0


Ask = Callable[[VisitType], set[tuple[str, str]]]


def ask(visit_type: VisitType) -> set[tuple[str, str]]:
    """Return what the page for other programs offers on Tuesday, as (practitioner, start)."""
    address = reverse("api-availability", args=[visit_type.slug])
    response = Client().get(address, {"from": TUESDAY.isoformat(), "days": "1"})
    return {(slot["practitioner"], slot["start"]) for slot in response.json()["slots"]}


def ask_page(visit_type: VisitType) -> set[tuple[str, str]]:
    """The same of the page that patients see, which names each clinician's times on a page of their own."""
    offered = set()
    for person in visit_type.practitioners.all():
        address = reverse("booking:time", args=[visit_type.slug])
        page = Client().get(address, {"day": TUESDAY.isoformat(), "practitioner": person.slug})
        for key in read_slots(page):
            start, slug, _ = key.split("/")
            offered.add((slug, datetime.fromisoformat(start).astimezone(practice.NEW_YORK).isoformat()))
    return offered


@pytest.mark.usefixtures("kept_in")
@pytest.mark.parametrize("ask", [ask, ask_page])
def test_what_was_just_written_is_in_every_answer(ask: Ask, location: Location) -> None:
    visit_type = practice.make_visit_type(change_cutoff=0)
    people = [practice.make_practitioner(visit_types=[visit_type], location=location) for _ in range(WRITERS)]
    patients = [practice.make_patient() for _ in people]

    def write_and_ask(number: int) -> list[str]:
        person = people[number]
        start = at("10:00")
        mine = person.slug, "2026-11-24T10:00:00-05:00"
        wrong = []
        for _ in range(ROUNDS):
            visit = actions.book_visit(
                visit_type=visit_type,
                practitioner=person,
                location=location,
                start=start,
                patient=patients[number],
                by=BY_SYSTEM,
            )
            if mine in ask(visit_type):
                wrong.append("offered while booked")
            actions.cancel(appointment=visit, reason="patient", by=BY_SYSTEM)
            if mine not in ask(visit_type):
                wrong.append("not offered once free")
            away = AvailabilityException.objects.create(
                practitioner=person, first_day=TUESDAY, last_day=TUESDAY
            )
            if mine in ask(visit_type):
                wrong.append("offered while away")
            away.delete()
            if mine not in ask(visit_type):
                wrong.append("not offered once back")
        return wrong

    wrong = run_at_once(WRITERS, write_and_ask)

    assert wrong == [[]] * WRITERS


def test_second_answer_asks_for_the_versions_alone(
    practitioner: Practitioner, visit_type: VisitType, django_assert_num_queries: Any
) -> None:
    first = ask(visit_type)

    with django_assert_num_queries(1):
        again = ask(visit_type)

    assert first == again
    assert len(first) > 0


def test_hold_that_ran_out_is_offered_in_the_same_minute(
    practitioner: Practitioner, visit_type: VisitType, location: Location, clock: Any, settings: Any
) -> None:
    actions.hold(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at("10:00"),
        holder="x",
        holder_address="",
        by=BY_PATIENT,
    )
    clock.shift(60 * settings.HOLD_MINUTES - 1)
    before = ask(visit_type)

    clock.shift(1.5)

    assert len(ask(visit_type) - before) == 3
    assert not availability.check(
        visit_type=visit_type, practitioner=practitioner, location=location, start=at("10:00")
    )
