"""What a change of hours opens is written down; what it closes, or leaves, is not."""

from datetime import date, time
from typing import Any

import pytest
from django.utils import timezone

from booking import offering
from booking.actions import Actor
from booking.blocking.blocks import BlockedTime, block_time, remove_block
from booking.blocking.closures import close_practice, open_practice
from booking.blocking.week import Piece, replace_week
from booking.models import Closure, FreedTime, Location, Practitioner, WaitlistEntry
from booking.tests import practice
from booking.tests.practice import TUESDAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stopped(clock: Any) -> None:
    """Monday, 9 am."""


def list_freed() -> list[tuple[str, str]]:
    return [
        (f"{timezone.localtime(row.start):%Y-%m-%d %H:%M}", f"{timezone.localtime(row.end):%H:%M}")
        for row in FreedTime.objects.all()
    ]


def make_block(kind: str, clock: str, location: Location | None = None) -> BlockedTime:
    starts_at, ends_at = (time.fromisoformat(part) for part in clock.split("-"))
    return BlockedTime(
        kind=kind,
        first_day=TUESDAY,
        last_day=TUESDAY,
        starts_at=starts_at,
        ends_at=ends_at,
        location=location,
        note="",
    )


def test_extra_time_is_freed_where_it_was_not_open_before(practitioner: Practitioner, location: Location):
    block_time(practitioners=[practitioner], block=make_block("extra", "16:00-19:00", location))

    assert list_freed() == [("2026-11-24 17:00", "19:00")]


def test_blocked_time_frees_nothing_and_unblocking_frees_it(practitioner: Practitioner):
    [row] = block_time(practitioners=[practitioner], block=make_block("closed", "10:00-12:00"))
    assert list_freed() == []

    remove_block(block=row, by=Actor.system())

    assert list_freed() == [("2026-11-24 10:00", "12:00")]


def test_closure_that_is_taken_away_frees_the_hours_of_everybody(
    practitioner: Practitioner, location: Location, visit_type: Any
):
    practice.make_practitioner(visit_types=[visit_type], location=location, hours="13:00-15:00")
    closures = close_practice(closures=[Closure(name="Snow", first_day=TUESDAY, last_day=TUESDAY)])
    assert list_freed() == []

    open_practice(closures=closures)

    assert sorted(list_freed()) == [("2026-11-24 09:00", "17:00"), ("2026-11-24 13:00", "15:00")]


def test_longer_day_frees_its_end_on_each_day_that_can_be_booked(
    practitioner: Practitioner, location: Location, visit_type: Any
):
    visit_type.booking_horizon = 15
    visit_type.save()
    pieces = [Piece.of(rule) for rule in practitioner.rules.all()]
    longer = [
        Piece(piece.weekday, piece.starts_at, time(18), piece.location_id) if piece.weekday == 1 else piece
        for piece in pieces
    ]

    replace_week(practitioner=practitioner, pieces=longer, first_day=TUESDAY, by=Actor.system())

    assert list_freed() == [
        ("2026-11-24 17:00", "18:00"),
        ("2026-12-01 17:00", "18:00"),
        ("2026-12-08 17:00", "18:00"),
    ]


def test_extra_time_is_offered_to_who_waits(practitioner: Practitioner, location: Location, visit_type: Any):
    entry = WaitlistEntry.objects.create(
        patient=practice.make_patient(), visit_type=visit_type, until=date(2026, 12, 18), notice=120
    )
    block_time(practitioners=[practitioner], block=make_block("extra", "17:00-19:00", location))

    offering.offer_freed_times()

    assert entry.offers.get().start == practice.at("17:00")
