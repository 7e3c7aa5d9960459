"""Wishes at the same moment: one press is one entry, and a limit counts everybody."""

from datetime import date
from typing import Any

import pytest

from booking import actions, waiting
from booking.models import Appointment, Patient, VisitType, WaitlistEntry
from booking.tests.races.at_once import run_at_once

pytestmark = pytest.mark.django_db(transaction=True)

JORDAN = actions.PatientDetails(
    given_name="Jordan", family_name="Ellis", birth_date=date(1975, 9, 28), phone="+12125550177"
)


def make_wish(**changes: Any) -> waiting.Wish:
    return waiting.Wish(**{"until": date(2026, 12, 18), "part_of_day": "any", "notice": 120, **changes})


def test_one_wish_pressed_many_times_at_once_is_one_entry(clock: Any, visit_type: VisitType) -> None:
    def press(number: int) -> int:
        entry = waiting.join_waitlist(
            visit_type=visit_type, patient=JORDAN, related=None, wish=make_wish(), consent_wording="Yes."
        )
        return entry.pk

    keys = run_at_once(6, press)

    assert len(set(keys)) == 1
    assert WaitlistEntry.objects.count() == Patient.objects.count() == 1


def test_limit_holds_for_wishes_of_the_same_moment(clock: Any, visit_type: VisitType) -> None:
    def press(number: int) -> bool:
        try:
            waiting.join_waitlist(
                visit_type=visit_type,
                patient=JORDAN,
                related=None,
                wish=make_wish(weekdays=(number,)),
                consent_wording="Yes.",
            )
        except waiting.TooManyWishes:
            return False
        return True

    kept = run_at_once(6, press)

    assert kept.count(True) == WaitlistEntry.objects.count() == waiting.MAX_WAITING


def add_caller(visit_type: VisitType, patient: Patient | actions.PatientDetails, **changes: Any) -> int:
    """Returns the key of the entry, or 0 for one that was refused."""
    try:
        entry = waiting.add_caller(
            visit_type=visit_type,
            patient=patient,
            related_person=None,
            wish=make_wish(**changes),
            language="en",
            by=actions.Actor.staff(None),
        )
    except waiting.AlreadyWaiting:
        return 0
    return entry.pk


def test_caller_who_is_added_many_times_at_once_waits_once(clock: Any, visit_type: VisitType) -> None:
    keys = run_at_once(6, lambda number: add_caller(visit_type, JORDAN))

    assert len(set(keys)) == 1
    assert WaitlistEntry.objects.count() == Patient.objects.count() == 1


def test_patient_has_one_wish_for_a_type_though_two_clerks_write_it(
    clock: Any, visit_type: VisitType, patient: Patient
) -> None:
    keys = run_at_once(6, lambda number: add_caller(visit_type, patient, weekdays=(number,)))

    assert sorted(keys)[:5] == [0] * 5
    assert WaitlistEntry.objects.get().pk == max(keys)


def test_visit_has_one_wish_however_often_it_is_asked_at_once(visit: Appointment) -> None:
    def press(number: int) -> int:
        return waiting.ask_for_earlier(appointment=visit, wish=make_wish(weekdays=(number,))).pk

    keys = run_at_once(5, press)

    assert len(set(keys)) == 1
    assert WaitlistEntry.objects.get().weekdays in [[number] for number in range(5)]


def test_wish_and_cancellation_at_once_leave_nobody_waiting(visit: Appointment) -> None:
    def press(number: int) -> None:
        if number:
            try:
                waiting.ask_for_earlier(appointment=visit, wish=make_wish())
            except actions.NotAllowed:
                return
        else:
            actions.cancel(appointment=visit, reason="patient", by=actions.Actor.staff(None))

    run_at_once(4, press)

    assert not WaitlistEntry.objects.waiting().exists()


def test_wish_that_fails_leaves_no_patient_behind(
    clock: Any, visit_type: VisitType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting.Wish, "write_to", lambda wish, entry: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        waiting.join_waitlist(
            visit_type=visit_type, patient=JORDAN, related=None, wish=make_wish(), consent_wording="Yes."
        )

    assert not Patient.objects.exists()
