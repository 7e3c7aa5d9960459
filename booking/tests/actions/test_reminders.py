"""Reminders stand in the outbox with the change they tell about, and go with it."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking import actions
from booking.models import Appointment, CancellationReason, Patient, RelatedPerson, VisitType
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.actions.rows import BY_PATIENT, BY_SYSTEM, DETAILS, Hold, list_history
from booking.tests.practice import at
from outbox.models import OutboxMessage, State

BY_STAFF = actions.Actor.staff(None)
# Two weeks and a day after practice.NOW.
FAR = date(2026, 12, 8)


@pytest.fixture
def far(visit: Appointment) -> Appointment:
    """A visit two weeks ahead, at 10 am."""
    return book(visit, at("10:00", FAR))


def book(like: Appointment, start: datetime, **changes: Any) -> Appointment:
    request = {
        "visit_type": VisitType.objects.get(pk=like.visit_type_id),
        "practitioner": like.practitioner,
        "location": like.location,
        "patient": like.patient,
        "by": BY_SYSTEM,
    }
    return actions.book_visit(start=start, **{**request, **changes})


def move(appointment: Appointment, start: datetime, **changes: Any) -> Appointment:
    return actions.move(
        appointment=appointment,
        practitioner=appointment.practitioner,
        location=appointment.location,
        start=start,
        **{"by": BY_PATIENT, **changes},
    )


def list_reminders(appointment: Appointment, *, state: State = State.QUEUED) -> list[tuple[int, str, Any]]:
    rows = OutboxMessage.objects.filter(kind="booking.reminder", subject_id=appointment.pk, state=state)
    return list(rows.order_by("send_at").values_list("version", "recipient", "send_at"))


def test_booking_writes_one_for_each_time_before_the_visit(far: Appointment) -> None:
    assert list_reminders(far) == [
        (0, "patient-7d", at("10:00", date(2026, 12, 1))),
        (0, "patient-1d", at("10:00", date(2026, 12, 7))),
    ]


def test_confirming_a_hold_writes_them_too(hold: Hold) -> None:
    appointment = actions.book(hold=hold(start=at("10:00", FAR)), patient=DETAILS, by=BY_PATIENT)

    assert [recipient for _, recipient, _ in list_reminders(appointment)] == ["patient-7d", "patient-1d"]


def test_visit_type_says_when_and_how_many(visit: Appointment) -> None:
    VisitType.objects.update(reminders="336, 36")

    appointment = book(visit, at("10:00", FAR))

    # 36 hours before is at night.
    assert list_reminders(appointment) == [
        (0, "patient-14d", at("10:00")),
        (0, "patient-36h", at("08:00", date(2026, 12, 7))),
    ]


def test_visit_type_without_reminders(visit: Appointment) -> None:
    VisitType.objects.update(reminders="")

    assert list_reminders(book(visit, at("10:00", FAR))) == []


def test_booked_inside_the_window_gets_no_stale_one(visit: Appointment) -> None:
    appointment = book(visit, at("10:00", date(2026, 11, 27)))

    assert list_reminders(visit) == []
    assert [recipient for _, recipient, _ in list_reminders(appointment)] == ["patient-1d"]


def test_hours_of_the_day_are_a_setting(visit: Appointment, settings: Any) -> None:
    settings.REMINDERS_FROM_HOUR = 11

    reminders = list_reminders(book(visit, at("10:00", FAR)))

    assert [send_at for *_, send_at in reminders] == [
        at("11:00", date(2026, 12, 1)),
        at("11:00", date(2026, 12, 7)),
    ]


def test_somebody_without_an_email_gets_none(visit: Appointment) -> None:
    Patient.objects.update(email="")
    visit.patient.refresh_from_db()

    assert list_reminders(book(visit, at("10:00", FAR))) == []


@pytest.mark.parametrize("changes", [{}, {"by": BY_STAFF, "tell": False}], ids=["told", "untold"])
def test_move_drops_the_old_ones_and_writes_new_ones(far: Appointment, changes: dict[str, Any]) -> None:
    moved = move(far, at("14:00", date(2026, 12, 10)), **changes)

    assert len(list_reminders(far, state=State.DROPPED)) == 2
    assert list_reminders(moved) == [
        (1, "patient-7d", at("14:00", date(2026, 12, 3))),
        (1, "patient-1d", at("14:00", date(2026, 12, 9))),
    ]


def test_move_back_writes_them_anew(far: Appointment) -> None:
    moved_back = actions.move_back(appointment=move(far, at("14:00", FAR)), by=BY_STAFF)

    assert [send_at for *_, send_at in list_reminders(moved_back)] == [
        at("10:00", date(2026, 12, 1)),
        at("10:00", date(2026, 12, 7)),
    ]


@pytest.mark.parametrize("minutes", [1, 9 * 60])
def test_move_that_nobody_heard_of_and_back_loses_none(far: Appointment, clock: Any, minutes: int) -> None:
    # Five hours before the reminder of the day before, which is due by the time of the second case.
    clock.move_to(at("05:00", date(2026, 12, 7)))
    OutboxMessage.objects.due(timezone.now()).update(state=State.SENT, sent_at=timezone.now())
    moved = move(far, at("11:00", FAR), by=BY_STAFF, tell=False)
    clock.shift(timedelta(minutes=minutes))

    actions.move_back(appointment=moved, by=BY_STAFF)

    assert list_reminders(far) == [(2, "patient-1d", at("10:00", date(2026, 12, 7)))]


def test_refused_move_leaves_them(far: Appointment, hold: Hold) -> None:
    hold(start=at("14:00", FAR), holder="b")

    with pytest.raises(actions.SlotTaken):
        move(far, at("14:00", FAR))

    assert len(list_reminders(far)) == 2


def test_cancelling_drops_them(far: Appointment) -> None:
    actions.cancel(appointment=far, reason=CancellationReason.PATIENT, by=BY_PATIENT)

    assert list_reminders(far) == []
    assert len(list_reminders(far, state=State.DROPPED)) == 2


def test_undone_cancellation_writes_those_that_are_still_ahead(far: Appointment, clock: Any) -> None:
    cancelled = actions.cancel(appointment=far, reason=CancellationReason.PATIENT, by=BY_PATIENT)
    clock.move_to(at("09:00", date(2026, 12, 2)))

    actions.undo(appointment=cancelled, by=BY_STAFF)

    assert list_reminders(far) == [(2, "patient-1d", at("10:00", date(2026, 12, 7)))]


def test_visit_that_was_a_mistake_drops_them(far: Appointment) -> None:
    actions.enter_in_error(appointment=far, by=BY_STAFF)

    assert list_reminders(far) == []


def test_one_that_has_left_stays_as_it_is(far: Appointment, clock: Any) -> None:
    sent = OutboxMessage.objects.filter(recipient="patient-7d")
    sent.update(state=State.SENT, sent_at=practice.NOW)

    actions.cancel(appointment=far, reason=CancellationReason.PATIENT, by=BY_PATIENT)

    assert [recipient for _, recipient, _ in list_reminders(far, state=State.SENT)] == ["patient-7d"]


# --- I will come -----------------------------------------------------------------


def test_saying_so_is_kept_and_stands_in_the_history(visit: Appointment) -> None:
    actions.confirm_coming(appointment=visit, by=BY_PATIENT)

    visit.refresh_from_db()
    assert (visit.confirmed_at, visit.version, visit.status) == (practice.NOW, 0, Status.BOOKED)
    assert list_history(visit)[-1] == ("confirmed", "booked", "booked")


def test_saying_it_twice_is_noted_once(visit: Appointment, clock: Any) -> None:
    actions.confirm_coming(appointment=visit, by=BY_PATIENT)
    clock.shift(timedelta(minutes=1))

    again = actions.confirm_coming(appointment=visit, by=BY_PATIENT)

    assert again.confirmed_at == practice.NOW
    assert [kind for kind, *_ in list_history(visit)].count("confirmed") == 1


def test_of_a_time_that_has_passed_nobody_can_say_it(visit: Appointment, clock: Any) -> None:
    clock.move_to(visit.start)

    with pytest.raises(actions.NotAllowed):
        actions.confirm_coming(appointment=visit, by=BY_PATIENT)


def test_of_the_time_before_a_move_nobody_can_say_it(visit: Appointment) -> None:
    before = Appointment.objects.with_parts().get(pk=visit.pk)
    move(visit, at("14:00"))

    with pytest.raises(actions.NotAllowed):
        actions.confirm_coming(appointment=before, by=BY_PATIENT)


@pytest.mark.parametrize("step", [actions.arrive, actions.mark_noshow, actions.enter_in_error])
def test_once_the_day_has_begun_nobody_can_say_it(visit: Appointment, step: Any) -> None:
    step(appointment=visit, by=BY_STAFF)

    with pytest.raises(actions.NotAllowed):
        actions.confirm_coming(appointment=visit, by=BY_PATIENT)


def test_a_move_takes_it_back(visit: Appointment) -> None:
    moved = move(actions.confirm_coming(appointment=visit, by=BY_PATIENT), at("14:00"))

    assert moved.confirmed_at is None


def test_a_cancellation_takes_it_back(visit: Appointment) -> None:
    confirmed = actions.confirm_coming(appointment=visit, by=BY_PATIENT)
    cancelled = actions.cancel(appointment=confirmed, reason=CancellationReason.PATIENT, by=BY_PATIENT)

    assert actions.undo(appointment=cancelled, by=BY_STAFF).confirmed_at is None


# --- No more reminders -------------------------------------------------------------


def test_stopping_is_kept_at_the_patient_and_touches_no_visit(far: Appointment) -> None:
    before = Appointment.objects.filter(pk=far.pk).values().get()

    actions.stop_reminders(appointment=far)

    far.patient.refresh_from_db()
    assert far.patient.reminders_off_at == practice.NOW
    assert Appointment.objects.filter(pk=far.pk).values().get() == before
    assert len(list_reminders(far)) == 2  # staff may turn them on again


def test_stopping_twice_keeps_the_first_time(far: Appointment, clock: Any) -> None:
    actions.stop_reminders(appointment=far)
    clock.shift(timedelta(days=1))

    actions.stop_reminders(appointment=far)

    far.patient.refresh_from_db()
    assert far.patient.reminders_off_at == practice.NOW


def test_whoever_is_written_to_stops_their_own(far: Appointment) -> None:
    daughter = RelatedPerson.objects.create(
        patient=Patient.objects.get(),
        name="Maria Ellis",
        relationship="child",
        is_contact=True,
        email="m@example.org",
    )
    far.related_person = daughter

    actions.stop_reminders(appointment=far)

    daughter.refresh_from_db()
    far.patient.refresh_from_db()
    assert (daughter.reminders_off_at, far.patient.reminders_off_at) == (practice.NOW, None)


@pytest.mark.parametrize(
    ("kept_email", "off"), [("", True), ("jordan@example.org", False)], ids=["taken-over", "its-own"]
)
def test_merge_keeps_what_was_said_about_the_address(
    visit: Appointment, receptionist: Any, kept_email: str, off: bool
) -> None:
    kept = practice.make_patient(email=kept_email)
    actions.stop_reminders(appointment=visit)

    actions.merge_patients(kept=kept, merged=visit.patient, by=actions.Actor.staff(receptionist))

    kept.refresh_from_db()
    assert (kept.reminders_off_at is not None) is off
