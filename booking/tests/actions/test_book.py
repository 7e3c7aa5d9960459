"""A hold becomes a visit."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from booking import actions
from booking.engine.rules import Code
from booking.models import Location, Patient, Practitioner, VisitType
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.actions.rows import BY_PATIENT, DETAILS, Hold, list_history, list_messages
from booking.tests.practice import TUESDAY, at


def test_book_writes_visit_history_and_one_message(hold: Hold) -> None:
    held = hold()

    details = actions.VisitDetails(reason="Cramps", access_needs="Step-free")
    booked = actions.book(hold=held, patient=DETAILS, visit=details, by=BY_PATIENT)

    assert (booked.status, booked.reason, booked.access_needs) == (Status.BOOKED, "Cramps", "Step-free")
    assert (booked.hold_expires_at, booked.holder, booked.holder_address) == (None, "", "")
    assert booked.patient is not None
    assert booked.patient.full_name == "Jordan Ellis"
    assert list_history(booked) == [("held", "", "pending"), ("booked", "pending", "booked")]
    assert list_messages() == [("booking.booked", 0)]


def test_book_twice_gives_the_first_result(hold: Hold) -> None:
    held = hold()
    first = actions.book(hold=held, patient=DETAILS, by=BY_PATIENT)

    second = actions.book(hold=held, patient=DETAILS, by=BY_PATIENT)

    assert second.pk == first.pk
    assert Patient.objects.count() == 1
    assert list_messages() == [("booking.booked", 0)]


def test_second_tap_is_not_refused_for_the_visit_of_the_first(hold: Hold, settings: Any) -> None:
    settings.MAX_UPCOMING_VISITS = 1
    held = hold()
    first = actions.book(hold=held, patient=DETAILS, by=BY_PATIENT)

    # It was read before the first one was done.
    second = actions.book(hold=held, patient=DETAILS, by=BY_PATIENT)

    assert second.pk == first.pk


def test_book_after_the_hold_ran_out_while_nobody_took_the_time(hold: Hold, clock: Any) -> None:
    held = hold()
    clock.shift(timedelta(minutes=40))

    booked = actions.book(hold=held, patient=DETAILS, by=BY_PATIENT)

    assert booked.status == Status.BOOKED


def test_book_after_somebody_else_took_the_time(hold: Hold, clock: Any) -> None:
    held = hold()
    clock.shift(timedelta(minutes=21))
    hold("10:20", holder="b")

    with pytest.raises(actions.HoldLost):
        actions.book(hold=held, patient=DETAILS, by=BY_PATIENT)

    assert Patient.objects.count() == 0


def test_book_inside_the_notice_that_ran_on_while_typing(
    hold: Hold, clock: Any, visit_type: VisitType
) -> None:
    visit_type.minimum_notice = 60
    visit_type.save()
    held = hold(visit_type=visit_type)
    clock.move_to(at("09:05"))

    booked = actions.book(hold=held, patient=DETAILS, by=BY_PATIENT)

    assert booked.status == Status.BOOKED


def test_book_after_the_start_has_passed_is_refused(hold: Hold, clock: Any) -> None:
    held = hold()
    clock.move_to(at("10:01"))

    with pytest.raises(actions.Refused) as caught:
        actions.book(hold=held, patient=DETAILS, by=BY_PATIENT)

    assert [refusal.code for refusal in caught.value.refusals] == [Code.PAST]


def test_book_when_the_practice_closed_meanwhile_is_refused(hold: Hold) -> None:
    held = hold()
    practice.close_practice(TUESDAY)

    with pytest.raises(actions.Refused) as caught:
        actions.book(hold=held, patient=DETAILS, by=BY_PATIENT)

    assert [refusal.code for refusal in caught.value.refusals] == [Code.CLOSED]


def test_book_of_a_hold_that_was_purged_is_a_lost_hold(hold: Hold, clock: Any) -> None:
    held = hold()
    clock.shift(timedelta(days=2))
    actions.purge_stale_holds()

    with pytest.raises(actions.HoldLost):
        actions.book(hold=held, patient=DETAILS, by=BY_PATIENT)


def test_book_without_email_sends_nothing(hold: Hold) -> None:
    details = actions.PatientDetails(given_name="A", family_name="B", birth_date=date(1990, 1, 1))

    actions.book(hold=hold(), patient=details, by=BY_PATIENT)

    assert list_messages() == []


def test_book_never_touches_the_patient_behind_a_known_email(hold: Hold, patient: Patient) -> None:
    details = actions.PatientDetails(
        given_name="Mallory", family_name="Else", birth_date=date(1990, 1, 1), email=patient.email
    )

    booked = actions.book(hold=hold(), patient=details, by=BY_PATIENT)

    patient.refresh_from_db()
    assert booked.patient_id != patient.pk
    assert patient.full_name == "Jordan Ellis"


@pytest.mark.parametrize("same", ["email", "phone"])
def test_book_beyond_the_limit_of_coming_visits(hold: Hold, settings: Any, same: str) -> None:
    settings.MAX_UPCOMING_VISITS = 1
    actions.book(hold=hold("09:00"), patient=DETAILS, by=BY_PATIENT)
    contact = {"email": "JORDAN.ELLIS@example.org"} if same == "email" else {"phone": "+12125550177"}
    again = actions.PatientDetails(given_name="J", family_name="E", birth_date=date(1975, 9, 28), **contact)

    with pytest.raises(actions.Refused) as caught:
        actions.book(hold=hold("11:00"), patient=again, by=BY_PATIENT)

    assert [(refusal.code, refusal.count) for refusal in caught.value.refusals] == [(Code.TOO_MANY_VISITS, 1)]


def test_booking_and_cancelling_in_turns_comes_to_an_end(hold: Hold, settings: Any) -> None:
    """Or a stranger's mailbox could be filled with it."""
    settings.MAX_UPCOMING_VISITS = 2
    for clock_time in ("11:00", "12:00"):
        visit = actions.book(hold=hold(clock_time), patient=DETAILS, by=BY_PATIENT)
        actions.cancel(appointment=visit, reason="patient", by=BY_PATIENT)

    with pytest.raises(actions.Refused) as caught:
        actions.book(hold=hold("13:00"), patient=DETAILS, by=BY_PATIENT)

    assert [refusal.code for refusal in caught.value.refusals] == [Code.TOO_MANY_VISITS]


def test_rolled_back_booking_leaves_no_message(hold: Hold) -> None:
    held = hold()

    with transaction.atomic():
        actions.book(hold=held, patient=DETAILS, by=BY_PATIENT)
        transaction.set_rollback(True)

    held.refresh_from_db()
    assert held.status == Status.PENDING
    assert list_messages() == []


def test_coming_visits_that_have_passed_do_not_count(hold: Hold, settings: Any, clock: Any) -> None:
    settings.MAX_UPCOMING_VISITS = 1
    actions.book(hold=hold("09:00"), patient=DETAILS, by=BY_PATIENT)
    clock.move_to(practice.NOW + timedelta(days=2))

    later = actions.book(hold=hold(start=at("10:00", date(2026, 11, 30))), patient=DETAILS, by=BY_PATIENT)

    assert later.status == Status.BOOKED


def test_length_and_buffers_that_staff_changed_meanwhile_hold_for_the_visit(
    hold: Hold, visit_type: VisitType
) -> None:
    held = hold()
    VisitType.objects.filter(pk=visit_type.pk).update(duration=60, buffer_after=10)

    booked = actions.book(hold=held, patient=DETAILS, by=BY_PATIENT)

    assert (booked.start, booked.end, booked.busy_end) == (at("10:00"), at("11:00"), at("11:10"))


def test_longer_visit_that_no_longer_fits_is_refused(hold: Hold, visit_type: VisitType) -> None:
    held = hold()
    hold("10:40", holder="b")
    VisitType.objects.filter(pk=visit_type.pk).update(duration=60)

    with pytest.raises(actions.SlotTaken):
        actions.book(hold=held, patient=DETAILS, by=BY_PATIENT)

    held.refresh_from_db()
    assert held.is_hold
    assert Patient.objects.count() == 0


def test_room_that_went_out_of_use_meanwhile_is_changed(
    hold: Hold, location: Location, practitioner: Practitioner
) -> None:
    rooms = [practice.make_room(location), practice.make_room(location)]
    emg = practice.make_visit_type(rooms=rooms)
    practitioner.visit_types.add(emg)
    held = hold(visit_type=emg)
    rooms[0].is_active = False
    rooms[0].save()

    booked = actions.book(hold=held, patient=DETAILS, by=BY_PATIENT)

    assert (held.room, booked.room) == (rooms[0], rooms[1])


def test_type_that_was_taken_offline_meanwhile_is_refused(hold: Hold, visit_type: VisitType) -> None:
    held = hold()
    VisitType.objects.filter(pk=visit_type.pk).update(is_public=False)

    with pytest.raises(actions.Refused) as caught:
        actions.book(hold=held, patient=DETAILS, by=BY_PATIENT)

    assert [refusal.code for refusal in caught.value.refusals] == [Code.NOT_BOOKABLE_ONLINE]
