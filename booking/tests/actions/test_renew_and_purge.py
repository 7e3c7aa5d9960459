"""A hold starts anew, or is over for good."""

from datetime import timedelta
from typing import Any

import pytest

from booking import actions
from booking.engine.rules import Code
from booking.models import Appointment, VisitType
from booking.tests import practice
from booking.tests.actions.rows import BY_PATIENT, Hold


def test_renewing_holds_that_ran_out_is_no_way_round_the_limit(hold: Hold, clock: Any, settings: Any) -> None:
    settings.MAX_HOLDS_PER_ADDRESS = 3
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


def test_purge_deletes_more_holds_than_one_statement_can_name(
    hold: Hold, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking.actions.holding.PURGED_AT_ONCE", 2)
    for time in ("09:00", "10:00", "11:00", "12:00", "13:00"):
        hold(time)
    clock.shift(timedelta(hours=25))

    deleted = actions.purge_stale_holds()

    assert deleted == 5
    assert not Appointment.objects.exists()


def test_hold_that_ran_out_is_not_renewed_once_the_practice_closed(hold: Hold, clock: Any) -> None:
    held = hold()
    clock.shift(timedelta(minutes=21))
    practice.close_practice(practice.TUESDAY)

    with pytest.raises(actions.Refused) as caught:
        actions.renew_hold(appointment=held, by=BY_PATIENT)

    held.refresh_from_db()
    assert [refusal.code for refusal in caught.value.refusals] == [Code.CLOSED]
    assert held.hold_expires_at == practice.NOW + timedelta(minutes=20)


def test_hold_that_ran_out_is_not_renewed_on_a_day_that_is_full(
    hold: Hold, clock: Any, visit_type: VisitType
) -> None:
    visit_type.daily_limit = 1
    visit_type.save()
    held = hold("10:00", visit_type=visit_type, holder="b")
    clock.shift(timedelta(minutes=21))
    hold("12:00", visit_type=visit_type)

    with pytest.raises(actions.Refused) as caught:
        actions.renew_hold(appointment=held, by=BY_PATIENT)

    assert [refusal.code for refusal in caught.value.refusals] == [Code.DAY_FULL]


def test_hold_that_ran_out_is_renewed_inside_the_notice(
    hold: Hold, clock: Any, visit_type: VisitType
) -> None:
    visit_type.minimum_notice = 60
    visit_type.save()
    held = hold(visit_type=visit_type)
    clock.move_to(practice.at("09:30"))

    renewed = actions.renew_hold(appointment=held, by=BY_PATIENT)

    assert renewed.hold_expires_at == practice.at("09:50")
