"""What patients are written whose clinician is away."""

from typing import Any

import pytest
from django.utils import timezone

from booking import away
from booking.models import Appointment, Rearrangement
from booking.tests.mail.bringing import go_away
from booking.tests.mail.conftest import find_message
from booking.tests.mail.reading import compose_message, expected, tell
from outbox.models import OutboxMessage
from outbox.registry import Superseded

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(booked: Appointment, clock: Any) -> OutboxMessage:
    go_away(booked, clock)
    return find_message(away.AWAY)


def test_mail_reads_as_expected(message: OutboxMessage):
    assert tell(compose_message(message)) == expected("away")


def test_mail_without_a_held_time_asks_to_choose(message: OutboxMessage):
    Appointment.objects.filter(rearrangement__isnull=False).update(
        status="cancelled", cancelled_at=timezone.now(), hold_expires_at=None
    )

    assert tell(compose_message(message)) == expected("away-to-choose")


def test_mail_is_dropped_where_staff_have_settled_it(message: OutboxMessage):
    Rearrangement.objects.update(settled_at=timezone.now())

    with pytest.raises(Superseded):
        compose_message(message)
