"""Freed time goes to those who wait, one after the other. The clock stands at Monday, 9 am in New York."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking import actions, offering, waiting
from booking.actions import Actor, NotAllowed, SlotTaken, Wanted
from booking.models import (
    Appointment,
    Chain,
    FreedTime,
    Location,
    OfferPause,
    Patient,
    Practitioner,
    WaitlistEntry,
    WaitlistOffer,
)
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.practice import TUESDAY
from booking.tests.wishes import book_later, free, offer_of, wait, wait_for_earlier
from outbox.deliver import deliver
from outbox.models import OutboxMessage, State

pytestmark = pytest.mark.django_db

WAITING, LEFT = WaitlistEntry.Status.WAITING, WaitlistEntry.Status.LEFT
OPEN, EXPIRED = WaitlistOffer.Status.OPEN, WaitlistOffer.Status.EXPIRED


def book_chain(visit: Appointment) -> tuple[Appointment, Appointment]:
    """Two visits of one patient on a later day that go together."""
    talk = practice.make_visit_type()
    visit.practitioner.visit_types.add(talk)
    chain = Chain.objects.create(name="Test and talk", first=visit.visit_type, second=talk, most_gap=120)
    first, second = (
        Wanted(
            visit_type=visit_type,
            practitioner=visit.practitioner,
            location=visit.location,
            start=practice.at(clock, date(2026, 12, 8)),
        )
        for visit_type, clock in ((visit.visit_type, "10:00"), (talk, "11:00"))
    )
    test, after = actions.book_together(
        visits=[first, second], patient=practice.make_patient(), chain=chain, by=Actor.system()
    )
    return test, after


# --- What came free -----------------------------------------------------------------


def test_nothing_is_offered_while_nothing_came_free(visit: Appointment):
    wait(visit.visit_type)

    assert offering.offer_freed_times() == 0


def test_one_of_two_visits_that_go_together_is_not_offered_another_day_alone(visit: Appointment):
    test, talk = book_chain(visit)
    entry = wait_for_earlier(test)
    free(visit)

    made = offering.offer_freed_times()

    assert made == 0
    with pytest.raises(NotAllowed):
        waiting.ask_for_earlier(
            appointment=talk, wish=waiting.Wish(until=TUESDAY, part_of_day="any", notice=120)
        )
    assert not waiting.can_come_earlier(test)
    actions.cancel(appointment=talk, reason="patient", by=Actor.patient())
    assert waiting.can_come_earlier(test)
    assert offering.offer_freed_times() == 1
    assert offer_of(entry).start == visit.start


def test_cancelled_time_is_offered_and_held(visit: Appointment):
    entry = wait(visit.visit_type)
    free(visit)

    assert offering.offer_freed_times() == 1

    offer = offer_of(entry)
    assert (offer.start, offer.practitioner, offer.status) == (visit.start, visit.practitioner, OPEN)
    assert offer.expires_at == timezone.now() + timedelta(minutes=60)
    assert (offer.hold.status, offer.hold.hold_expires_at) == (Status.PENDING, offer.expires_at)
    # The time is nobody else's.
    with pytest.raises(SlotTaken):
        book_later(practice.make_patient(), visit, TUESDAY)


def test_offer_is_told_by_mail_once(visit: Appointment):
    entry = wait(visit.visit_type)
    free(visit)

    offering.offer_freed_times()
    offering.offer_freed_times()

    [message] = OutboxMessage.objects.filter(kind="booking.waitlist_offer")
    assert (message.subject_id, message.version) == (entry.pk, offer_of(entry).hold_id)


def test_time_that_a_move_leaves_is_offered(visit: Appointment):
    entry = wait(visit.visit_type, until=TUESDAY)
    actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=practice.at("15:00", date(2026, 12, 1)),
        by=Actor.patient(),
    )

    offering.offer_freed_times()

    assert offer_of(entry).start == practice.at("10:00")


def test_visit_entered_in_error_frees_its_time(visit: Appointment):
    entry = wait(visit.visit_type)
    actions.enter_in_error(appointment=visit, by=Actor.system())

    offering.offer_freed_times()

    assert offer_of(entry).start == visit.start


def test_only_time_that_came_free_is_offered(visit: Appointment):
    """What has been open all along, they could have booked themselves."""
    entries = [wait(visit.visit_type) for _ in range(3)]
    free(visit)

    offering.offer_freed_times()

    starts = {offer_of(entry).start for entry in entries if offer_of(entry)}
    freed = (visit.start - timedelta(minutes=40), visit.end)
    assert starts
    assert all(freed[0] < start < freed[1] for start in starts)


def test_time_that_has_been_taken_is_not_offered(visit: Appointment):
    entry = wait(visit.visit_type)
    free(visit)
    for clock in ("09:40", "10:20"):
        actions.book_visit(
            visit_type=visit.visit_type,
            practitioner=visit.practitioner,
            location=visit.location,
            start=practice.at(clock),
            patient=practice.make_patient(),
            by=Actor.system(),
        )

    assert offering.offer_freed_times() == 0
    assert offer_of(entry) is None


def test_freed_time_that_has_passed_is_forgotten(visit: Appointment, clock: Any):
    wait(visit.visit_type)
    free(visit)
    clock.move_to(practice.at("17:00"))

    assert offering.offer_freed_times() == 0


def test_visit_that_is_over_frees_nothing(visit: Appointment, clock: Any):
    clock.move_to(practice.at("17:00"))
    actions.enter_in_error(appointment=visit, by=Actor.system())

    assert not FreedTime.objects.exists()


# --- Whose turn it is ---------------------------------------------------------------


def test_who_waits_longest_comes_first(visit: Appointment):
    second = wait(visit.visit_type, created_at=practice.NOW - timedelta(days=1), until=TUESDAY)
    first = wait(visit.visit_type, created_at=practice.NOW - timedelta(days=2), until=TUESDAY)
    visit_type = visit.visit_type
    # One time, and nothing beside it.
    visit_type.start_step = visit_type.duration
    visit_type.save()
    free(visit)

    offering.offer_freed_times()

    assert offer_of(first) is not None
    assert offer_of(second) is None or offer_of(second).start != offer_of(first).start


@pytest.mark.parametrize(
    "wish",
    [
        {"until": date(2026, 11, 23)},
        {"notice": 3 * 24 * 60},
        {"weekdays": [0, 4]},
        {"part_of_day": "afternoon"},
        {"paused_at": practice.NOW},
        {"status": LEFT, "ended_at": practice.NOW},
    ],
)
def test_who_cannot_come_or_no_longer_waits_is_not_asked(visit: Appointment, wish: dict[str, Any]):
    wait(visit.visit_type, **wish)
    free(visit)

    assert offering.offer_freed_times() == 0


def test_wish_for_somebody_else_or_for_another_type_is_left_out(
    visit: Appointment, location: Location, practitioner: Practitioner
):
    other = practice.make_practitioner(visit_types=[visit.visit_type], location=location)
    wait(visit.visit_type).practitioners.set([other])
    wait(practice.make_visit_type())
    free(visit)

    assert offering.offer_freed_times() == 0


def test_who_has_no_email_is_not_asked_by_the_machine(visit: Appointment):
    wait(visit.visit_type, practice.make_patient(email=""))
    free(visit)

    assert offering.offer_freed_times() == 0


def test_earlier_time_must_be_earlier(visit: Appointment, other_patient: Patient):
    later = book_later(other_patient, visit)
    entry = wait_for_earlier(later)
    free(visit)

    offering.offer_freed_times()

    assert offer_of(entry).start < later.start


def test_night_is_left_in_peace_unless_the_wish_says_otherwise(visit: Appointment, clock: Any):
    clock.move_to(practice.at("21:00", date(2026, 11, 23)))
    asleep, awake = wait(visit.visit_type), wait(visit.visit_type, at_any_hour=True)
    free(visit)

    offering.offer_freed_times()

    assert (offer_of(asleep), offer_of(awake).status) == (None, OPEN)


def test_pause_of_all_stops_new_offers_and_ends_old_ones_all_the_same(visit: Appointment, clock: Any):
    entry, user = wait(visit.visit_type), User.objects.create(username="manager")
    free(visit)
    offering.offer_freed_times()
    OfferPause.objects.create(by=user)
    clock.shift(timedelta(minutes=61))

    assert offering.offer_freed_times() == 0
    assert offer_of(entry).status == EXPIRED


# --- What staff and patients are told ---------------------------------------------------


def test_openings_to_offer_by_hand_fit_the_wish(visit: Appointment):
    entry = wait(visit.visit_type, until=TUESDAY, part_of_day="afternoon")

    slots = offering.find_openings(entry)

    assert slots
    assert {slot.local_start.date() for slot in slots} <= {TUESDAY, date(2026, 11, 23)}
    assert all(slot.local_start.hour >= 12 for slot in slots)


def test_place_in_line_counts_those_who_wait_longer_for_the_same(visit: Appointment):
    first, second = wait(visit.visit_type), wait(visit.visit_type)
    wait(practice.make_visit_type())

    assert (offering.count_ahead(first), offering.count_ahead(second)) == (0, 1)


def test_sweep_asks_the_database_no_more_for_three_who_cannot_come_than_for_one(
    visit: Appointment,
):
    free(visit)
    wait(visit.visit_type, weekdays=[0])
    with CaptureQueriesContext(connection) as one:
        offering.offer_freed_times()
    for _ in range(2):
        wait(visit.visit_type, weekdays=[0])

    with CaptureQueriesContext(connection) as three:
        offering.offer_freed_times()

    assert len(three) == len(one)


def test_freed_time_is_remembered_for_the_reports_and_then_forgotten(visit: Appointment, clock: Any):
    free(visit)
    clock.shift(offering.REMEMBERED)
    offering.purge_freed_times()
    assert FreedTime.objects.count() == 1

    clock.shift(timedelta(days=2))
    offering.purge_freed_times()

    assert FreedTime.objects.count() == 0


@pytest.mark.parametrize("losers", [1, 12])
def test_time_that_is_gone_is_not_tried_again_for_each_who_waits(visit: Appointment, losers: int):
    """Once it was: with 2,000 wishes and 500 freed times a sweep took minutes."""
    visit_type = visit.visit_type
    visit_type.start_step = visit_type.duration
    visit_type.save()
    for _ in range(1 + losers):
        wait(visit_type, until=TUESDAY, part_of_day="morning")
    free(visit)

    with CaptureQueriesContext(connection) as queries:
        made = offering.offer_freed_times()

    assert 1 <= made <= 2
    assert len(queries) < 120


# --- Wishes that end ----------------------------------------------------------------


def test_visit_entered_in_error_ends_the_wish_for_an_earlier_one(visit: Appointment, other_patient: Patient):
    later = book_later(other_patient, visit)
    entry = wait_for_earlier(later)

    actions.enter_in_error(appointment=later, by=Actor.staff(None))
    free(visit)

    entry.refresh_from_db()
    assert (entry.status, offering.offer_freed_times()) == (LEFT, 0)


@pytest.mark.parametrize("step", [actions.arrive, actions.mark_noshow])
def test_nobody_is_offered_a_time_before_a_visit_that_is_not_to_come(
    visit: Appointment, other_patient: Patient, step: Any
):
    later = book_later(other_patient, visit)
    entry = wait_for_earlier(later)
    came = step(appointment=later, by=Actor.staff(None))
    free(visit)

    meanwhile = offering.offer_freed_times()
    with pytest.raises(NotAllowed):
        actions.offer_time(
            entry=entry,
            practitioner=visit.practitioner,
            location=visit.location,
            start=visit.start,
            by=Actor.system(),
        )
    actions.undo(appointment=came, by=Actor.staff(None))

    assert (meanwhile, offering.offer_freed_times()) == (0, 1)


def test_offer_does_not_leave_for_a_visit_that_came_off_since(visit: Appointment, other_patient: Patient):
    later = book_later(other_patient, visit)
    wait_for_earlier(later)
    free(visit)
    offering.offer_freed_times()
    message = OutboxMessage.objects.get(kind="booking.waitlist_offer")

    actions.mark_noshow(appointment=later, by=Actor.staff(None))
    deliver(message.pk)

    message.refresh_from_db()
    assert message.state == State.DROPPED


def test_wish_ends_when_its_last_day_is_over(visit: Appointment, clock: Any):
    entry = wait(visit.visit_type, until=TUESDAY)
    clock.move_to(practice.at("23:59"))
    offering.offer_freed_times()
    entry.refresh_from_db()
    on_its_day = entry.status
    clock.shift(timedelta(minutes=1))

    offering.offer_freed_times()

    entry.refresh_from_db()
    assert (on_its_day, entry.status, entry.ended_at) == (WAITING, LEFT, timezone.now())
