"""A time is kept while details are typed."""

from datetime import timedelta
from typing import Any

import pytest

from booking import actions
from booking.engine.rules import Code
from booking.models import Appointment, Location, Practitioner, PractitionerChoice, VisitType
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.actions.rows import BY_PATIENT, DETAILS, Hold, list_history, list_messages
from booking.tests.practice import at


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


def test_one_hold_too_many_from_one_address_is_refused(hold: Hold, settings: Any) -> None:
    settings.MAX_HOLDS_PER_ADDRESS = 3
    for number, clock_time in enumerate(["09:00", "10:00", "11:00"]):
        hold(clock_time, holder=f"session-{number}")

    with pytest.raises(actions.TooManyHolds):
        hold("12:00", holder="session-4")

    assert Appointment.objects.filter(status=Status.PENDING).count() == 3


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


def test_hold_that_was_given_up_is_free_for_others(hold: Hold) -> None:
    hold("10:00")
    hold("12:00")

    assert hold("10:00", holder="b").status == Status.PENDING


def test_lapsed_hold_in_a_room_is_left_alone_while_another_room_would_do(
    hold: Hold, clock: Any, location: Location, practitioner: Practitioner
) -> None:
    rooms = [practice.make_room(location), practice.make_room(location)]
    emg = practice.make_visit_type(rooms=rooms)
    other = practice.make_practitioner(visit_types=[emg], location=location)
    practitioner.visit_types.add(emg)
    lapsed = hold(visit_type=emg, holder="b")
    clock.shift(timedelta(minutes=21))

    held = hold(visit_type=emg, practitioner=other)

    confirmed = actions.book(hold=lapsed, patient=DETAILS, by=BY_PATIENT)
    assert (lapsed.room, held.room) == (rooms[0], rooms[1])
    assert (confirmed.status, confirmed.room) == (Status.BOOKED, rooms[0])


def test_own_hold_is_not_in_the_way_of_its_room(
    hold: Hold, location: Location, practitioner: Practitioner
) -> None:
    emg = practice.make_visit_type(rooms=[practice.make_room(location)])
    practitioner.visit_types.add(emg)
    first = hold(visit_type=emg)

    second = hold("10:20", visit_type=emg)

    assert second.room == first.room
