"""A booked visit goes to another time."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking import actions, links
from booking.engine.rules import Code
from booking.models import Appointment, Location, Patient
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.actions.rows import BY_PATIENT, BY_SYSTEM, Hold, list_history, list_messages
from booking.tests.practice import at
from outbox import queue
from outbox.models import OutboxMessage, State


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


def test_move_to_where_it_is_changes_nothing_and_tells_nobody(visit: Appointment, location: Location) -> None:
    token = links.issue(visit)

    same = actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=location,
        start=visit.start.astimezone(practice.NEW_YORK),
        by=BY_PATIENT,
    )

    assert (same, same.version) == (visit, 0)
    assert list_messages() == [("booking.booked", 0)]
    assert list_history(visit) == [("booked", "", "booked")]
    assert links.find(token) == visit


# --- Staff ----------------------------------------------------------------------


def test_staff_move_without_a_mail_and_the_history_says_so(
    visit: Appointment, location: Location, receptionist: Any
) -> None:
    OutboxMessage.objects.update(state=State.SENT, sent_at=timezone.now())
    token = links.issue(visit)

    moved = actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=location,
        start=at("14:00"),
        by=actions.Actor.staff(receptionist),
        tell=False,
    )

    assert list_messages() == [("booking.booked", 0)]
    assert moved.events.last().details["untold"] is True
    # No mail brings them a new one.
    assert links.find(token) == moved


@pytest.mark.parametrize("state", [State.QUEUED, State.SENDING, State.DEAD])
def test_move_without_a_mail_replaces_a_mail_that_has_not_arrived(
    visit: Appointment, location: Location, receptionist: Any, state: State
) -> None:
    lease = timezone.now() if state == State.SENDING else None
    OutboxMessage.objects.update(state=state, lease_until=lease)

    actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=location,
        start=at("14:00"),
        by=actions.Actor.staff(receptionist),
        tell=False,
    )

    assert list_messages() == [("booking.booked", 0), ("booking.moved", 1)]


def test_move_back_from_a_move_that_was_not_told_is_not_told_either(
    visit: Appointment, location: Location, receptionist: Any
) -> None:
    OutboxMessage.objects.update(state=State.SENT, sent_at=timezone.now())
    staff = actions.Actor.staff(receptionist)
    place = {"practitioner": visit.practitioner, "location": location}
    moved = actions.move(appointment=visit, start=at("14:00"), by=staff, tell=False, **place)

    actions.move_back(appointment=moved, by=staff)

    assert list_messages() == [("booking.booked", 0)]


def test_way_back_is_told_where_a_reminder_told_the_new_time(
    visit: Appointment, location: Location, receptionist: Any, clock: Any
) -> None:
    OutboxMessage.objects.update(state=State.SENT, sent_at=timezone.now())
    staff = actions.Actor.staff(receptionist)
    place = {"practitioner": visit.practitioner, "location": location}
    moved = actions.move(appointment=visit, start=at("14:00"), by=staff, tell=False, **place)
    clock.shift(timedelta(hours=1))
    queue.enqueue(kind="booking.reminder", subject_id=visit.pk, version=1, recipient="patient-1d")
    OutboxMessage.objects.filter(version=1).update(state=State.SENT, sent_at=timezone.now())

    actions.move_back(appointment=moved, by=staff)

    assert list_messages() == [("booking.booked", 0), ("booking.reminder", 1), ("booking.moved", 2)]


def test_patients_are_always_told(visit: Appointment, location: Location) -> None:
    actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=location,
        start=at("14:00"),
        by=BY_PATIENT,
        tell=False,
    )

    assert list_messages() == [("booking.booked", 0), ("booking.moved", 1)]


def test_rules_that_staff_set_aside_are_kept_with_the_reason(
    visit: Appointment, location: Location, receptionist: Any
) -> None:
    moved = actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=location,
        start=at("20:10"),
        by=actions.Actor.staff(receptionist),
        override=list(Code),
        note="The clinician asked for it",
    )

    event = moved.events.last()
    assert event.details["set_aside"] == ["outside_hours"]
    assert event.note == "The clinician asked for it"


def test_move_back_goes_where_the_visit_was_whatever_the_rules_say(
    visit: Appointment, location: Location, receptionist: Any
) -> None:
    staff = actions.Actor.staff(receptionist)
    moved = actions.move(
        appointment=visit, practitioner=visit.practitioner, location=location, start=at("14:00"), by=staff
    )
    practice.close(visit.practitioner, practice.TUESDAY)

    back = actions.move_back(appointment=moved, by=staff)

    assert (back.start, back.version) == (at("10:00"), 2)


def test_move_back_to_time_that_was_taken_meanwhile_is_refused(
    visit: Appointment, location: Location, receptionist: Any, hold: Hold
) -> None:
    staff = actions.Actor.staff(receptionist)
    moved = actions.move(
        appointment=visit, practitioner=visit.practitioner, location=location, start=at("14:00"), by=staff
    )
    hold("10:00", holder="b")

    with pytest.raises(actions.SlotTaken):
        actions.move_back(appointment=moved, by=staff)

    visit.refresh_from_db()
    assert visit.start == at("14:00")


def test_move_back_needs_a_move_and_staff(visit: Appointment, location: Location, receptionist: Any) -> None:
    with pytest.raises(actions.NotAllowed):
        actions.move_back(appointment=visit, by=actions.Actor.staff(receptionist))
    moved = actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=location,
        start=at("14:00"),
        by=BY_PATIENT,
    )
    with pytest.raises(actions.NotAllowed):
        actions.move_back(appointment=moved, by=BY_PATIENT)


def test_move_back_across_a_cancellation_is_refused(
    visit: Appointment, location: Location, receptionist: Any
) -> None:
    staff = actions.Actor.staff(receptionist)
    moved = actions.move(
        appointment=visit, practitioner=visit.practitioner, location=location, start=at("14:00"), by=staff
    )
    cancelled = actions.cancel(appointment=moved, reason="patient", by=staff)
    back = actions.undo(appointment=cancelled, by=staff)

    with pytest.raises(actions.NotAllowed):
        actions.move_back(appointment=back, by=staff)


def test_move_back_to_a_clinician_who_is_gone_is_refused(
    visit: Appointment, location: Location, receptionist: Any
) -> None:
    staff = actions.Actor.staff(receptionist)
    other = practice.make_practitioner(visit_types=[visit.visit_type], location=location)
    old = visit.practitioner
    moved = actions.move(
        appointment=visit, practitioner=other, location=location, start=at("14:00"), by=staff
    )
    old.delete()

    with pytest.raises(actions.NotAllowed):
        actions.move_back(appointment=moved, by=staff)
