"""A hold starts anew, or is over for good."""

from datetime import timedelta
from typing import Any

import pytest

from booking import actions
from booking.models import Appointment
from booking.tests import practice
from booking.tests.actions.rows import BY_PATIENT, Hold


def test_renewing_holds_that_ran_out_is_no_way_round_the_limit(hold: Hold, clock: Any) -> None:
    lapsed = hold("09:00", holder="early")
    clock.move_to(practice.NOW + timedelta(minutes=21))
    for number, clock_time in enumerate(["11:00", "12:00", "13:00"]):
        hold(clock_time, holder=f"session-{number}")

    with pytest.raises(actions.TooManyHolds):
        actions.renew_hold(appointment=lapsed, by=BY_PATIENT)


def test_renewed_hold_lasts_anew(hold: Hold, clock: Any) -> None:
    held = hold()
    clock.shift(timedelta(minutes=19))

    renewed = actions.renew_hold(appointment=held, by=BY_PATIENT)

    assert renewed.hold_expires_at == practice.NOW + timedelta(minutes=39)


def test_lost_hold_cannot_be_renewed(hold: Hold) -> None:
    held = hold("10:00")
    hold("11:00")

    with pytest.raises(actions.HoldLost):
        actions.renew_hold(appointment=held, by=BY_PATIENT)


def test_purge_deletes_old_holds_and_no_visit(visit: Appointment, hold: Hold, clock: Any) -> None:
    hold("12:00")
    hold("13:00")
    actions.cancel(appointment=visit, reason="patient", by=BY_PATIENT)
    clock.shift(timedelta(hours=12))
    too_young = actions.purge_stale_holds()
    clock.shift(timedelta(hours=13))

    deleted = actions.purge_stale_holds()

    assert (too_young, deleted) == (0, 2)
    assert list(Appointment.objects.all()) == [visit]
