"""Reminders and the link somebody asked for: when they hold, what they say, how they are stopped."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.utils import timezone

from booking import actions, links
from booking.actions import Actor
from booking.models import Appointment, CancellationReason, ManageLink, Patient, StopLink, VisitType
from booking.tests import practice
from booking.tests.mail.conftest import find_message
from booking.tests.mail.reading import LINK, compose_message, expected, read_part, tell
from outbox import queue
from outbox.deliver import deliver
from outbox.models import OutboxMessage, State
from outbox.registry import Superseded

pytestmark = pytest.mark.django_db


@pytest.fixture
def reminder(booked: Appointment) -> OutboxMessage:
    return queue.enqueue(kind="booking.reminder", subject_id=booked.pk, version=0, recipient="patient-1d")


def ask_for_link(booked: Appointment) -> EmailMessage:
    actions.mail_link(appointment=booked)
    return compose_message(find_message("booking.link"))


# --- Words ---------------------------------------------------------------------


def test_reminder_reads_as_expected(reminder: OutboxMessage):
    assert tell(compose_message(reminder)) == expected("reminder")


def test_reminder_within_the_cutoff_asks_to_call(reminder: OutboxMessage):
    VisitType.objects.update(change_cutoff=48 * 60)

    email = compose_message(reminder)

    assert tell(email) == expected("reminder-within-cutoff")
    assert "#call" in read_part(email, "text/html")


def test_whoever_said_they_will_come_is_not_asked_again(booked: Appointment, reminder: OutboxMessage):
    actions.confirm_coming(appointment=booked, by=Actor.patient())

    assert tell(compose_message(reminder)) == expected("reminder-confirmed")


def test_reminder_of_a_video_visit_with_nothing_to_prepare(reminder: OutboxMessage):
    VisitType.objects.update(mode=VisitType.Mode.TELEHEALTH, arrive_early=0, preparation="")
    Appointment.objects.update(patient_time_zone="America/Chicago")

    email = compose_message(reminder)

    assert tell(email) == expected("reminder-by-video")
    assert "Get ready" not in read_part(email, "text/html")


def test_link_reads_as_expected(booked: Appointment):
    assert tell(ask_for_link(booked)) == expected("link")


def test_both_buttons_lead_to_the_page_of_the_visit(booked: Appointment, reminder: OutboxMessage):
    html = read_part(compose_message(reminder), "text/html")

    [come, change, stop] = [part.split('"')[0] for part in html.split('href="http')[1:]]
    assert come.endswith("/#come")
    assert change.endswith("/#change")
    assert links.find(LINK.findall(f"http{come}")[0]) == booked
    assert come.removesuffix("#come") == change.removesuffix("#change")
    assert stop.endswith("/reminders/")


# --- How it is stopped -----------------------------------------------------------


def test_mail_programs_can_stop_reminders_by_themselves(booked: Appointment, reminder: OutboxMessage):
    email = compose_message(reminder)

    [token] = LINK.findall(email["List-Unsubscribe"])
    # Long, so that it begins on a line of its own.
    assert email["List-Unsubscribe"].strip() == f"<http://127.0.0.1:8000/visits/{token}/reminders/>"
    assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert links.find_to_stop(token) == booked
    assert f"visits/{token}/reminders/" in read_part(email, "text/plain")


def test_link_that_stops_opens_no_visit_and_the_other_way_round(booked: Appointment, reminder: OutboxMessage):
    email = compose_message(reminder)
    [stop] = LINK.findall(email["List-Unsubscribe"])
    manage = LINK.findall(read_part(email, "text/plain"))[0]

    assert links.find(stop) is None
    assert links.find_to_stop(manage) is None
    assert not StopLink.objects.filter(token_hash__contains=stop).exists()


def test_link_that_stops_outlives_a_move_and_dies_a_day_after_the_visit(booked: Appointment, clock: Any):
    token = links.issue_stop(booked)
    moved = actions.move(
        appointment=booked,
        practitioner=booked.practitioner,
        location=booked.location,
        start=practice.at("14:00"),
        by=Actor.patient(),
    )

    clock.move_to(moved.end + timedelta(hours=24) - timedelta(seconds=1))
    assert links.find_to_stop(token) == moved
    clock.shift(timedelta(seconds=1))
    assert links.find_to_stop(token) is None


# --- When it no longer holds -------------------------------------------------------


def test_reminder_is_dropped_after_a_move(booked: Appointment, reminder: OutboxMessage):
    actions.move(
        appointment=booked,
        practitioner=booked.practitioner,
        location=booked.location,
        start=practice.at("14:00"),
        by=Actor.patient(),
    )

    with pytest.raises(Superseded):
        compose_message(reminder)


def test_reminder_is_dropped_after_a_cancellation(booked: Appointment, reminder: OutboxMessage):
    actions.cancel(appointment=booked, reason=CancellationReason.PATIENT, by=Actor.patient())

    with pytest.raises(Superseded):
        compose_message(reminder)


@pytest.mark.parametrize("step", [actions.arrive, actions.mark_noshow])
def test_reminder_is_dropped_when_the_day_has_begun(booked: Appointment, reminder: OutboxMessage, step: Any):
    step(appointment=booked, by=Actor.staff(None))

    deliver(reminder.pk)

    reminder.refresh_from_db()
    assert reminder.state == State.DROPPED
    assert not ManageLink.objects.exists()


def test_reminder_is_dropped_when_the_visit_has_begun(
    booked: Appointment, reminder: OutboxMessage, clock: Any
):
    clock.move_to(booked.start)

    with pytest.raises(Superseded):
        compose_message(reminder)


def test_reminder_is_dropped_for_whoever_wants_none(booked: Appointment, reminder: OutboxMessage):
    actions.stop_reminders(appointment=booked)

    with pytest.raises(Superseded):
        compose_message(reminder)


def test_whoever_wants_no_reminders_is_told_all_else(booked: Appointment):
    actions.stop_reminders(appointment=booked)

    assert tell(compose_message(find_message("booking.booked"))) == expected("booked")


def test_reminder_is_dropped_when_the_email_was_removed(booked: Appointment, reminder: OutboxMessage):
    Patient.objects.update(email="")

    with pytest.raises(Superseded):
        compose_message(reminder)


def test_of_two_that_are_late_only_the_last_leaves(booked: Appointment, reminder: OutboxMessage):
    earlier = queue.enqueue(
        kind="booking.reminder",
        subject_id=booked.pk,
        version=0,
        recipient="patient-7d",
        send_at=timezone.now() - timedelta(days=1),
    )

    with pytest.raises(Superseded):
        compose_message(earlier)
    assert compose_message(reminder)["Subject"].startswith("Reminder: ")


# --- The link --------------------------------------------------------------------


def test_mailed_link_opens_the_visit(booked: Appointment):
    [token] = LINK.findall(read_part(ask_for_link(booked), "text/plain"))

    assert links.find(token) == booked


def test_link_is_dropped_after_a_move(booked: Appointment):
    actions.mail_link(appointment=booked)
    actions.move(
        appointment=booked,
        practitioner=booked.practitioner,
        location=booked.location,
        start=practice.at("14:00"),
        by=Actor.patient(),
    )

    with pytest.raises(Superseded):
        compose_message(find_message("booking.link"))


def test_link_to_a_cancelled_visit_still_opens_its_page(booked: Appointment):
    cancelled = actions.cancel(appointment=booked, reason=CancellationReason.PATIENT, by=Actor.patient())

    [token] = LINK.findall(read_part(ask_for_link(cancelled), "text/plain"))

    assert links.find(token) == cancelled


def test_pressing_twice_mails_one_and_few_a_day(booked: Appointment, clock: Any):
    actions.mail_link(appointment=booked)
    actions.mail_link(appointment=booked)
    assert OutboxMessage.objects.filter(kind="booking.link").count() == 1

    for _ in range(6):
        clock.shift(timedelta(minutes=3))
        actions.mail_link(appointment=booked)

    recipients = OutboxMessage.objects.filter(kind="booking.link").order_by("pk")
    assert list(recipients.values_list("recipient", flat=True)) == [f"patient-{n}" for n in range(1, 5)]


def test_link_can_be_asked_for_after_the_first_mail_was_forgotten(booked: Appointment, clock: Any):
    links_of_visit = OutboxMessage.objects.filter(kind="booking.link").order_by("pk")
    for _ in range(2):
        actions.mail_link(appointment=booked)
        clock.shift(timedelta(minutes=5))
    links_of_visit.filter(recipient="patient-1").delete()

    actions.mail_link(appointment=booked)

    assert [message.recipient for message in links_of_visit] == ["patient-2", "patient-3"]
