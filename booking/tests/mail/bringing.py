"""How the one message of each kind comes about, from a visit that is booked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone

from audit.models import BreakGlass
from booking import actions, away
from booking.actions import Actor, Wanted
from booking.blocking import BlockedTime
from booking.mail import staff
from booking.mail.offers import OFFER
from booking.models import Appointment, CancellationReason, Patient, Practitioner, WaitlistEntry
from booking.tests import practice
from booking.waiting import JOINED
from outbox import queue
from outbox.models import OutboxMessage, State


def bring_about(booked: Appointment, kind: str, *, clock: Any) -> None:
    """Let the message of a kind be written; `clock` may be moved for it."""
    if kind in _OF_VISIT:
        _OF_VISIT[kind](booked)
    elif kind in _BY_CLOCK:
        _BY_CLOCK[kind](booked, clock)


def _move(booked: Appointment) -> None:
    actions.move(
        appointment=booked,
        practitioner=booked.practitioner,
        location=booked.location,
        start=practice.at("14:00"),
        by=Actor.patient(),
    )


def _cancel(booked: Appointment) -> None:
    actions.cancel(appointment=booked, reason=CancellationReason.PRACTICE, by=Actor.staff(None))


def _remind(booked: Appointment) -> None:
    queue.enqueue(kind="booking.reminder", subject_id=booked.pk, version=0, recipient="patient-1d")


def _mail_link(booked: Appointment) -> None:
    actions.mail_link(appointment=booked)


def _book_together(booked: Appointment) -> list[Appointment]:
    week = timedelta(weeks=1)
    wanted = Wanted(
        visit_type=booked.visit_type,
        practitioner=booked.practitioner,
        location=booked.location,
        start=booked.start + week,
    )
    return actions.book_together(
        visits=[wanted, replace(wanted, start=wanted.start + week)],
        every_weeks=1,
        patient=Patient.objects.get(),
        visit=actions.VisitDetails(reason="Cramps in the calf at night"),
        by=Actor.system(),
    )


def _cancel_together(booked: Appointment) -> None:
    visits = _book_together(booked)
    actions.cancel_together(visits=visits, reason=CancellationReason.PATIENT, by=Actor.system())


def _wait(booked: Appointment) -> WaitlistEntry:
    return WaitlistEntry.objects.create(
        patient=Patient.objects.get(), visit_type=booked.visit_type, until=date(2026, 12, 24)
    )


def _join(booked: Appointment) -> None:
    queue.enqueue(kind=JOINED, subject_id=_wait(booked).pk, version=0, recipient="patient")


def _offer(booked: Appointment) -> None:
    hold = actions.hold(
        visit_type=booked.visit_type,
        practitioner=booked.practitioner,
        location=booked.location,
        start=practice.at("14:00"),
        holder="waitlist",
        holder_address="",
        by=Actor.system(),
    )
    queue.enqueue(kind=OFFER, subject_id=_wait(booked).pk, version=hold.pk, recipient="patient")


def _report(booked: Appointment) -> None:
    OutboxMessage.objects.update(state=State.DEAD)
    staff.report_failed_mail()


def _break_glass(booked: Appointment) -> None:
    staff.queue_broke_glass(
        BreakGlass.objects.create(
            user=get_user_model().objects.create_user("lena.fischer"),
            patient_id=Patient.objects.get().pk,
            reason="cramps in the calf",
            expires_at=timezone.now(),
        )
    )


def go_away(booked: Appointment, clock: Any) -> None:
    """Dr. Fischer is away on the Tuesday: what is closed when a visit is booked does not catch it."""
    clock.shift(60)
    absence = away.plan_absence(
        practitioner=booked.practitioner,
        time=BlockedTime(kind="closed", first_day=practice.TUESDAY, last_day=practice.TUESDAY),
        by=Actor.system(),
    )
    away.find_proposals(absence=absence, by=Actor.system())
    away.send(absence=absence)


def _list_day(booked: Appointment, clock: Any) -> None:
    Practitioner.objects.update(email="lena.fischer@clinic.example.org", daily_list=True)
    clock.move_to(practice.at("07:00"))
    staff.queue_daily_lists()


_OF_VISIT: dict[str, Callable[[Appointment], Any]] = {
    "booking.moved": _move,
    "booking.cancelled": _cancel,
    "booking.reminder": _remind,
    "booking.link": _mail_link,
    "booking.booked_together": _book_together,
    "booking.cancelled_together": _cancel_together,
    JOINED: _join,
    OFFER: _offer,
    staff.DELIVERY_PROBLEM: _report,
    staff.BROKE_GLASS: _break_glass,
}
_BY_CLOCK: dict[str, Callable[[Appointment, Any], None]] = {
    away.AWAY: go_away,
    staff.DAILY_LIST: _list_day,
}
