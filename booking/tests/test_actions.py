"""Each action: what it writes, what it refuses, what stands beside the change."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from booking import actions, links
from booking.engine.rules import Code
from booking.models import (
    Appointment,
    AppointmentEvent,
    Location,
    Patient,
    Practitioner,
    PractitionerChoice,
    VisitType,
)
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.practice import TUESDAY, at
from outbox.models import OutboxMessage

BY_PATIENT = actions.Actor.patient()
BY_SYSTEM = actions.Actor.system()
DETAILS = actions.PatientDetails(
    given_name="Jordan",
    family_name="Ellis",
    birth_date=date(1975, 9, 28),
    phone="+12125550177",
    phone_typed="212 555 0177",
    email="jordan.ellis@example.org",
)

Hold = Callable[..., Appointment]


@pytest.fixture
def hold(clock: Any, visit_type: VisitType, practitioner: Practitioner, location: Location) -> Hold:
    """Hold Tuesday at a wall time, by default 10:00 for the session "a" at the address "x"."""

    def take(clock_time: str = "10:00", **changes: Any) -> Appointment:
        request = {
            "visit_type": visit_type,
            "practitioner": practitioner,
            "location": location,
            "start": at(clock_time),
            "holder": "a",
            "holder_address": "x",
            "by": BY_PATIENT,
        }
        return actions.hold(**{**request, **changes})

    return take


def list_messages() -> list[tuple[str, int]]:
    return list(OutboxMessage.objects.order_by("pk").values_list("kind", "version"))


def list_history(appointment: Appointment) -> list[tuple[str, str, str]]:
    return list(appointment.events.values_list("kind", "from_status", "to_status"))


# --- hold ---------------------------------------------------------------------------


def test_hold_keeps_the_time_for_twenty_minutes(hold: Hold, clock: Any) -> None:
    held = hold()

    assert held.status == Status.PENDING
    assert held.hold_expires_at == practice.NOW + timedelta(minutes=20)
    assert (held.busy_start, held.busy_end) == (at("10:00"), at("10:40"))
    assert list_history(held) == [("held", "", "pending")]
    assert list_messages() == []


def test_hold_keeps_why_this_clinician_through_the_booking(hold: Hold) -> None:
    held = hold(practitioner_choice=PractitionerChoice.FAIR)

    booked = actions.book(hold=held, patient=DETAILS, by=BY_PATIENT)

    assert booked.practitioner_choice == PractitionerChoice.FAIR


def test_hold_includes_buffers_and_takes_a_room(
    clock: Any, hold: Hold, location: Location, practitioner: Practitioner
) -> None:
    room = practice.make_room(location)
    emg = practice.make_visit_type(duration=60, buffer_before=10, buffer_after=20, rooms=[room])
    practitioner.visit_types.add(emg)

    held = hold(visit_type=emg)

    assert (held.busy_start, held.end, held.busy_end) == (at("09:50"), at("11:00"), at("11:20"))
    assert held.room == room


@pytest.mark.django_db(transaction=True)
def test_a_reference_that_is_in_use_is_drawn_again(hold: Hold, monkeypatch: pytest.MonkeyPatch) -> None:
    first = hold("10:00", holder="b")
    drawn = iter([first.reference, "AAAAAA"])
    monkeypatch.setattr(Appointment._meta.get_field("reference"), "_get_default", lambda: next(drawn))

    second = hold("12:00")

    assert second.reference == "AAAAAA"


def test_second_hold_of_a_session_gives_up_the_first(hold: Hold) -> None:
    first = hold("10:00")

    second = hold("10:20")

    first.refresh_from_db()
    assert (first.status, first.cancellation_reason) == (Status.CANCELLED, "hold_released")
    assert second.status == Status.PENDING


def test_double_tap_on_a_time_is_one_hold(hold: Hold) -> None:
    first = hold("10:00")

    second = hold("10:00")

    assert second == first
    assert Appointment.objects.count() == 1


def test_refused_second_hold_keeps_the_first(hold: Hold) -> None:
    first = hold("10:00")
    hold("11:00", holder="b")

    with pytest.raises(actions.SlotTaken):
        hold("11:00")

    first.refresh_from_db()
    assert first.status == Status.PENDING


def test_a_fourth_hold_from_one_address_is_refused(hold: Hold) -> None:
    for number, clock_time in enumerate(["09:00", "10:00", "11:00"]):
        hold(clock_time, holder=f"session-{number}")

    with pytest.raises(actions.TooManyHolds):
        hold("12:00", holder="session-4")

    assert Appointment.objects.filter(status=Status.PENDING).count() == 3


def test_renewing_holds_that_ran_out_is_no_way_round_the_limit(hold: Hold, clock: Any) -> None:
    lapsed = hold("09:00", holder="early")
    clock.move_to(practice.NOW + timedelta(minutes=21))
    for number, clock_time in enumerate(["11:00", "12:00", "13:00"]):
        hold(clock_time, holder=f"session-{number}")

    with pytest.raises(actions.TooManyHolds):
        actions.renew_hold(appointment=lapsed, by=BY_PATIENT)


def test_hold_of_an_expired_hold_takes_it_over(hold: Hold, clock: Any) -> None:
    first = hold(holder="b")
    clock.shift(timedelta(minutes=21))

    second = hold()

    first.refresh_from_db()
    assert (first.status, first.cancellation_reason) == (Status.CANCELLED, "hold_expired")
    assert second.status == Status.PENDING


def test_holds_that_ran_out_do_not_count_against_the_limit(hold: Hold, clock: Any) -> None:
    for number, clock_time in enumerate(["09:00", "10:00", "11:00"]):
        hold(clock_time, holder=f"session-{number}")
    clock.shift(timedelta(minutes=21))

    assert hold("12:00", holder="session-4").status == Status.PENDING


def test_hold_takes_over_the_room_of_a_hold_that_ran_out(
    hold: Hold, clock: Any, location: Location, practitioner: Practitioner
) -> None:
    emg = practice.make_visit_type(rooms=[practice.make_room(location)])
    other = practice.make_practitioner(visit_types=[emg], location=location)
    practitioner.visit_types.add(emg)
    first = hold(visit_type=emg, holder="b")
    clock.shift(timedelta(minutes=21))

    second = hold(visit_type=emg, practitioner=other)

    first.refresh_from_db()
    assert first.status == Status.CANCELLED
    assert second.room == first.room


def test_room_that_is_out_of_use_is_never_taken(
    hold: Hold, location: Location, practitioner: Practitioner
) -> None:
    closed = practice.make_room(location, name="A", is_active=False)
    elsewhere = practice.make_room(practice.make_location(), name="B")
    emg = practice.make_visit_type(rooms=[closed, elsewhere])
    practitioner.visit_types.add(emg)

    with pytest.raises(actions.SlotTaken) as caught:
        hold(visit_type=emg)

    assert [refusal.code for refusal in caught.value.refusals] == [Code.NO_ROOM]


def test_hold_of_a_type_that_is_not_online_is_refused(hold: Hold, visit_type: VisitType) -> None:
    visit_type.is_public = False
    visit_type.save()

    with pytest.raises(actions.Refused) as caught:
        hold(visit_type=visit_type)

    assert [refusal.code for refusal in caught.value.refusals] == [Code.NOT_BOOKABLE_ONLINE]


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


def test_hold_that_was_given_up_is_free_for_others(hold: Hold) -> None:
    hold("10:00")
    hold("12:00")

    assert hold("10:00", holder="b").status == Status.PENDING


# --- book ---------------------------------------------------------------------------


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


def test_book_in_a_zone_whose_clock_changes_lasts_real_minutes(
    clock: Any, location: Location, practitioner: Practitioner, patient: Patient
) -> None:
    """2026-11-01 00:30 in New York: two hours later the clock says 1:30."""
    long = practice.make_visit_type(duration=120)
    practitioner.visit_types.add(long)
    clock.move_to(practice.at("09:00", date(2026, 10, 30)))

    visit = actions.book_visit(
        visit_type=long,
        practitioner=practitioner,
        location=location,
        start=datetime(2026, 11, 1, 0, 30, tzinfo=practice.NEW_YORK),
        patient=patient,
        by=BY_SYSTEM,
        override=list(Code),
    )

    assert visit.end - visit.start.astimezone(UTC) == timedelta(minutes=120)


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


# --- book_visit -----------------------------------------------------------------------


def test_staff_set_rules_aside_but_never_the_overlap(
    visit: Appointment,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    receptionist: Any,
) -> None:
    request = {
        "visit_type": visit_type,
        "practitioner": practitioner,
        "location": location,
        "by": actions.Actor.staff(receptionist),
        "override": list(Code),
    }

    at_night = actions.book_visit(start=at("22:05"), patient=practice.make_patient(), **request)
    with pytest.raises(actions.SlotTaken):
        actions.book_visit(start=at("10:05"), patient=practice.make_patient(), **request)

    assert at_night.status == Status.BOOKED
    assert at_night.source == "staff"


def test_patient_who_is_elsewhere_at_that_time_is_the_reason(
    visit: Appointment, visit_type: VisitType, location: Location, patient: Patient
) -> None:
    other = practice.make_practitioner(visit_types=[visit_type], location=location)

    with pytest.raises(actions.SlotTaken) as caught:
        actions.book_visit(
            visit_type=visit_type,
            practitioner=other,
            location=location,
            start=at("10:20"),
            patient=patient,
            by=BY_SYSTEM,
        )

    assert [refusal.code for refusal in caught.value.refusals] == [Code.PATIENT_BUSY]


def test_staff_take_over_the_time_of_a_hold_that_ran_out(
    hold: Hold, clock: Any, visit_type: VisitType, practitioner: Practitioner, location: Location
) -> None:
    lapsed = hold()
    clock.shift(timedelta(minutes=21))

    actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at("10:20"),
        patient=practice.make_patient(),
        by=BY_SYSTEM,
    )

    lapsed.refresh_from_db()
    assert lapsed.status == Status.CANCELLED


def test_coming_visits_that_have_passed_do_not_count(hold: Hold, settings: Any, clock: Any) -> None:
    settings.MAX_UPCOMING_VISITS = 1
    actions.book(hold=hold("09:00"), patient=DETAILS, by=BY_PATIENT)
    clock.move_to(practice.NOW + timedelta(days=2))

    later = actions.book(hold=hold(start=at("10:00", date(2026, 11, 30))), patient=DETAILS, by=BY_PATIENT)

    assert later.status == Status.BOOKED


# --- move -----------------------------------------------------------------------------


def test_move_keeps_the_appointment_and_raises_its_version(visit: Appointment, location: Location) -> None:
    other = practice.make_practitioner(visit_types=[visit.visit_type], location=location)
    uid, old_start = visit.uid, visit.start

    moved = actions.move(
        appointment=visit, practitioner=other, location=location, start=at("14:00"), by=BY_PATIENT
    )

    assert (moved.pk, moved.uid, moved.version) == (visit.pk, uid, 1)
    assert (moved.start, moved.end, moved.practitioner) == (at("14:00"), at("14:40"), other)
    event = moved.events.last()
    assert (event.kind, event.details["start"]) == ("moved", old_start.isoformat())
    assert event.details["practitioner"] == visit.practitioner_id
    assert list_messages() == [("booking.booked", 0), ("booking.moved", 1)]


def test_move_by_less_than_the_visits_length(visit: Appointment, location: Location) -> None:
    moved = actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=location,
        start=at("10:20"),
        by=BY_PATIENT,
    )

    assert moved.start == at("10:20")


def test_move_to_taken_time_keeps_the_old_one(visit: Appointment, location: Location, hold: Hold) -> None:
    hold("14:00", holder="b")

    with pytest.raises(actions.SlotTaken):
        actions.move(
            appointment=visit,
            practitioner=visit.practitioner,
            location=location,
            start=at("14:20"),
            by=BY_PATIENT,
        )

    visit.refresh_from_db()
    assert (visit.start, visit.version) == (at("10:00"), 0)


def test_move_takes_over_the_time_of_a_hold_that_ran_out(
    visit: Appointment, location: Location, hold: Hold, clock: Any
) -> None:
    lapsed = hold("14:00", holder="b")
    clock.shift(timedelta(minutes=21))

    moved = actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=location,
        start=at("14:20"),
        by=BY_PATIENT,
    )

    lapsed.refresh_from_db()
    assert lapsed.status == Status.CANCELLED
    assert moved.start == at("14:20")


def test_move_within_its_own_room(clock: Any, location: Location, patient: Patient) -> None:
    room = practice.make_room(location)
    emg = practice.make_visit_type(rooms=[room], duration=60)
    practitioner = practice.make_practitioner(visit_types=[emg], location=location)
    place = {"practitioner": practitioner, "location": location, "by": BY_SYSTEM}
    visit = actions.book_visit(visit_type=emg, start=at("10:00"), patient=patient, **place)

    moved = actions.move(appointment=visit, start=at("10:20"), **place)

    assert (moved.start, moved.room) == (at("10:20"), room)


def test_move_of_a_visit_that_has_begun_meanwhile_is_refused(visit: Appointment, location: Location) -> None:
    actions.arrive(appointment=Appointment.objects.get(pk=visit.pk), by=BY_SYSTEM)

    with pytest.raises(actions.NotAllowed):
        actions.move(
            appointment=visit,
            practitioner=visit.practitioner,
            location=location,
            start=at("14:00"),
            by=BY_PATIENT,
        )


def test_patients_cannot_set_rules_aside(visit: Appointment, location: Location) -> None:
    with pytest.raises(actions.Refused):
        actions.move(
            appointment=visit,
            practitioner=visit.practitioner,
            location=location,
            start=at("20:00"),
            by=BY_PATIENT,
            override=list(Code),
        )


def test_move_ends_the_old_links(visit: Appointment, location: Location) -> None:
    token = links.issue(visit)

    actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=location,
        start=at("14:00"),
        by=BY_PATIENT,
    )

    assert links.find(token) is None


def test_move_of_what_was_moved_meanwhile_is_refused(visit: Appointment, location: Location) -> None:
    seen_by_other_tab = Appointment.objects.get(pk=visit.pk)
    place = {"practitioner": visit.practitioner, "location": location, "by": BY_PATIENT}
    actions.move(appointment=visit, start=at("14:00"), **place)

    with pytest.raises(actions.NotAllowed):
        actions.move(appointment=seen_by_other_tab, start=at("15:00"), **place)

    visit.refresh_from_db()
    assert visit.start == at("14:00")


@pytest.mark.parametrize("action", ["move", "cancel"])
def test_patients_call_after_the_cutoff_staff_need_not(
    visit: Appointment, location: Location, clock: Any, receptionist: Any, action: str
) -> None:
    clock.move_to(at("09:00"))

    def change(by: actions.Actor) -> Appointment:
        if action == "cancel":
            return actions.cancel(appointment=visit, reason="patient", by=by)
        return actions.move(
            appointment=visit, practitioner=visit.practitioner, location=location, start=at("14:00"), by=by
        )

    with pytest.raises(actions.CutOff):
        change(BY_PATIENT)
    changed = change(actions.Actor.staff(receptionist))

    assert changed.version == 1


# --- cancel, the day, undo ---------------------------------------------------------------


def test_cancel_keeps_the_record_and_frees_the_time(visit: Appointment, hold: Hold) -> None:
    cancelled = actions.cancel(appointment=visit, reason="patient", by=BY_PATIENT)

    assert (cancelled.status, cancelled.version) == (Status.CANCELLED, 1)
    assert cancelled.cancelled_at == practice.NOW
    assert list_messages() == [("booking.booked", 0), ("booking.cancelled", 1)]
    assert hold("10:00").status == Status.PENDING


def test_patient_who_has_arrived_cannot_cancel_by_link(visit: Appointment, receptionist: Any) -> None:
    arrived = actions.arrive(appointment=visit, by=BY_SYSTEM)

    with pytest.raises(actions.NotAllowed):
        actions.cancel(appointment=arrived, reason="patient", by=BY_PATIENT)
    cancelled = actions.cancel(appointment=arrived, reason="patient", by=actions.Actor.staff(receptionist))

    assert cancelled.status == Status.CANCELLED


def test_cancel_twice_tells_once(visit: Appointment) -> None:
    actions.cancel(appointment=visit, reason="patient", by=BY_PATIENT)

    again = actions.cancel(appointment=visit, reason="patient", by=BY_PATIENT)

    assert again.version == 1
    assert list_messages() == [("booking.booked", 0), ("booking.cancelled", 1)]


def test_the_day_of_a_visit_and_back_again(visit: Appointment, receptionist: Any) -> None:
    by = actions.Actor.staff(receptionist)
    for step in (actions.arrive, actions.check_in, actions.fulfil):
        visit = step(appointment=visit, by=by)

    for _ in range(3):
        visit = actions.undo(appointment=visit, by=by)

    assert visit.status == Status.BOOKED
    assert [kind for kind, _, _ in list_history(visit)] == [
        "booked", "arrived", "checked_in", "fulfilled", "undone", "undone", "undone"
    ]  # fmt: skip
    assert set(visit.events.exclude(kind="booked").values_list("actor_kind", "actor")) == {
        ("staff", receptionist.pk)
    }


@pytest.mark.parametrize(
    ("step", "allowed"),
    [
        (actions.arrive, True),
        (actions.check_in, False),
        (actions.fulfil, False),
        (actions.mark_noshow, True),
        (actions.enter_in_error, True),
    ],
)
def test_only_moves_of_the_table_are_made(visit: Appointment, step: Any, allowed: bool) -> None:
    before = visit.status

    if allowed:
        step(appointment=visit, by=BY_SYSTEM)
    else:
        with pytest.raises(actions.NotAllowed):
            step(appointment=visit, by=BY_SYSTEM)

    visit.refresh_from_db()
    assert (visit.status != before) is allowed


def test_a_visit_that_is_done_cannot_be_cancelled(visit: Appointment) -> None:
    for step in (actions.arrive, actions.check_in, actions.fulfil):
        step(appointment=visit, by=BY_SYSTEM)

    with pytest.raises(actions.NotAllowed):
        actions.cancel(appointment=visit, reason="practice", by=BY_SYSTEM)


def test_a_hold_has_nobody_who_could_arrive(hold: Hold) -> None:
    with pytest.raises(actions.NotAllowed):
        actions.enter_in_error(appointment=hold(), by=BY_SYSTEM)


def test_a_cancelled_visit_can_be_entered_in_error(visit: Appointment) -> None:
    cancelled = actions.cancel(appointment=visit, reason="practice", by=BY_SYSTEM)

    wrong = actions.enter_in_error(appointment=cancelled, by=BY_SYSTEM)

    assert (wrong.status, wrong.cancelled_at) == (Status.ENTERED_IN_ERROR, None)


def test_same_step_twice_is_one_step(visit: Appointment) -> None:
    actions.arrive(appointment=visit, by=BY_SYSTEM)

    actions.arrive(appointment=visit, by=BY_SYSTEM)

    assert list_history(visit) == [("booked", "", "booked"), ("arrived", "booked", "arrived")]


def test_undo_of_a_cancellation_books_and_tells_again(visit: Appointment) -> None:
    cancelled = actions.cancel(appointment=visit, reason="practice", by=BY_SYSTEM)

    restored = actions.undo(appointment=cancelled, by=BY_SYSTEM)

    assert (restored.status, restored.version, restored.cancelled_at) == (Status.BOOKED, 2, None)
    assert list_messages()[-1] == ("booking.booked", 2)


def test_undo_of_a_cancellation_takes_over_a_hold_that_ran_out(
    visit: Appointment, hold: Hold, clock: Any
) -> None:
    cancelled = actions.cancel(appointment=visit, reason="practice", by=BY_SYSTEM)
    hold("10:20")
    clock.shift(timedelta(minutes=21))

    restored = actions.undo(appointment=cancelled, by=BY_SYSTEM)

    assert restored.status == Status.BOOKED


def test_undo_of_a_cancellation_when_the_time_is_gone(visit: Appointment, hold: Hold) -> None:
    cancelled = actions.cancel(appointment=visit, reason="practice", by=BY_SYSTEM)
    hold("10:20")

    with pytest.raises(actions.SlotTaken):
        actions.undo(appointment=cancelled, by=BY_SYSTEM)

    visit.refresh_from_db()
    assert visit.status == Status.CANCELLED


@pytest.mark.parametrize("make", ["a booked visit", "a hold that was given up"])
def test_undo_of_nothing_is_refused(visit: Appointment, hold: Hold, make: str) -> None:
    appointment = visit
    if make == "a hold that was given up":
        appointment = hold("12:00")
        hold("13:00")
        appointment.refresh_from_db()

    with pytest.raises(actions.NotAllowed):
        actions.undo(appointment=appointment, by=BY_SYSTEM)


def test_history_cannot_be_changed_or_deleted(visit: Appointment) -> None:
    event = visit.events.get()

    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()

    assert AppointmentEvent.objects.filter(pk=event.pk).exists()


# --- links, housekeeping ------------------------------------------------------------------


def test_link_opens_its_visit_and_only_a_hash_is_kept(visit: Appointment) -> None:
    token = links.issue(visit)

    found = links.find(token)

    assert found == visit
    assert len(token) >= 43
    assert token not in str(visit.manage_links.values())


@pytest.mark.parametrize("token", ["", "x", "é", "a\x00b", "A" * 10_000])
def test_unknown_link_finds_nothing(visit: Appointment, token: str) -> None:
    links.issue(visit)

    assert links.find(token) is None


def test_link_lives_until_a_day_after_the_visit(visit: Appointment, clock: Any) -> None:
    token = links.issue(visit)

    clock.move_to(visit.end.astimezone(UTC) + timedelta(hours=23, minutes=59))
    before = links.find(token)
    clock.shift(timedelta(minutes=1))
    after = links.find(token)

    assert before == visit
    assert after is None


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
