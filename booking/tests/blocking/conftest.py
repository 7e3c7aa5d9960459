"""Staff who block time, and what stands in the calendar afterwards."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking.actions import Actor
from booking.availability.caught import find_caught
from booking.blocking import BlockedTime, Repeat, block_time
from booking.models import Appointment, AvailabilityException, Practitioner
from booking.tests.practice import TUESDAY

CLOSED = AvailabilityException.Kind.CLOSED
EXTRA = AvailabilityException.Kind.EXTRA
WEEK = timedelta(weeks=1)


@pytest.fixture
def by(receptionist: Any) -> Actor:
    return Actor.staff(receptionist)


def away(first_day: date = TUESDAY, last_day: date | None = None, **fields: Any) -> BlockedTime:
    return BlockedTime(
        **{"kind": CLOSED, "first_day": first_day, "last_day": last_day or first_day, **fields}
    )


def block_weeks(practitioner: Practitioner, count: int, **fields: Any) -> list[AvailabilityException]:
    """Tuesdays, every second week, `count` of them."""
    repeat = Repeat(every_weeks=2, until=TUESDAY + 2 * WEEK * (count - 1))
    return block_time(practitioners=[practitioner], block=away(**fields), repeat=repeat)


def list_days(practitioner: Practitioner) -> list[date]:
    return list(practitioner.exceptions.order_by("first_day").values_list("first_day", flat=True))


def list_caught() -> list[Appointment]:
    return [one.visit for one in find_caught(now=timezone.now())]
