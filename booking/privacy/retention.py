"""How long each thing is kept: one line for each, with its rule and what takes it away.

Most have been purged by tasks of their own since they were made; here they stand side by side, so that
somebody can read what is kept for how long, and a dry run can count.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from booking import actions, limits, offering
from booking.actions import Actor, Busy, PatientMerged
from booking.models import (
    Appointment,
    Attempt,
    FreedTime,
    ManageLink,
    Patient,
    StopLink,
    WaitlistEntry,
    WishLink,
)
from booking.models.appointment import Status
from booking.models.patient import PatientQuerySet
from booking.privacy.erasing import StillExpected, erase_patient
from outbox import retention
from outbox.models import OutboxMessage
from staff.limits import purge_tries
from staff.models import SignInTry

# Each is a transaction of its own; the rest goes with the next run.
MOST_PATIENTS = 200


@dataclass(frozen=True)
class Line:
    """One thing that is kept for a while, and its rule in words. `setting` is where it can be changed."""

    name: str
    rule: str
    setting: str
    counted: tuple[type[models.Model], ...]
    purge: Callable[[], object]


def list_lines() -> Iterator[Line]:
    """Yield what this clinic keeps for a while only."""
    ours = settings
    yield Line("Sessions that ended", "12 hours without use", "", (Session,), _clear_sessions)
    yield Line("Held times that lapsed", "1 day", "", (Appointment,), actions.purge_stale_holds)
    yield Line("Tries that are counted", "1 day", "", (Attempt,), limits.purge_attempts)
    yield Line("Tries to sign in", "1 day", "", (SignInTry,), purge_tries)
    days = offering.REMEMBERED.days
    yield Line("Times that came free", f"{days} days", "", (FreedTime,), offering.purge_freed_times)
    yield Line(
        "Emails that are done",
        f"{ours.OUTBOX_RETENTION_DAYS} days",
        "OUTBOX_RETENTION_DAYS",
        (OutboxMessage,),
        lambda: retention.purge(now=timezone.now()),
    )
    yield Line(
        "Links to visits and wishes",
        f"{ours.LINK_RETENTION_DAYS} days after the last day",
        "LINK_RETENTION_DAYS",
        (ManageLink, StopLink, WishLink),
        _purge_links,
    )
    yield Line(
        "Wishes that ended",
        f"{ours.WAITLIST_RETENTION_DAYS} days",
        "WAITLIST_RETENTION_DAYS",
        (WaitlistEntry,),
        _purge_wishes,
    )
    years = ours.PATIENT_RETENTION_YEARS
    yield Line(
        "Patients who were not here",
        f"{years} years" if years else "until somebody erases them",
        "PATIENT_RETENTION_YEARS",
        (Patient,),
        _erase_forgotten,
    )


def purge_line(line: Line, *, dry_run: bool) -> int:
    """Take away what is due, or do it and undo it again. Returns how many rows went, or would go."""
    with transaction.atomic():
        before = _count(line)
        line.purge()
        gone = before - _count(line)
        transaction.set_rollback(dry_run)
    return gone


def purge_old() -> None:
    """Take away what has no task of its own."""
    _purge_links()
    _purge_wishes()
    _erase_forgotten()


def _count(line: Line) -> int:
    return sum(model._default_manager.count() for model in line.counted)


def _clear_sessions() -> None:
    call_command("clearsessions")


def _purge_links() -> None:
    """They open nothing since the day after; kept a while for those who ask why."""
    last = timezone.now() - timedelta(days=settings.LINK_RETENTION_DAYS)
    ManageLink.objects.filter(appointment__end__lt=last).delete()
    StopLink.objects.filter(appointment__end__lt=last).delete()
    WishLink.objects.filter(entry__until__lt=timezone.localdate(last)).delete()


def _purge_wishes() -> None:
    last = timezone.now() - timedelta(days=settings.WAITLIST_RETENTION_DAYS)
    WaitlistEntry.objects.filter(ended_at__lt=last).delete()


def _erase_forgotten() -> None:
    for patient in list_forgotten(now=timezone.now()).order_by("pk")[:MOST_PATIENTS]:
        # Came back at this moment, or the database is busy: the next run looks again.
        with suppress(StillExpected, PatientMerged, Busy):
            erase_patient(patient=patient, by=Actor.system())


def list_forgotten(*, now: datetime) -> PatientQuerySet:
    """Return those whose record is older than PATIENT_RETENTION_YEARS, and who had no visit or wish since."""
    years = settings.PATIENT_RETENTION_YEARS
    if not years:
        return Patient.objects.none()
    last = now - timedelta(days=round(years * 365.25))
    mine = Q(patient=OuterRef("pk"))
    visits = Appointment.objects.filter(mine, end__gte=last).exclude(status=Status.ENTERED_IN_ERROR)
    recent = Q(created_at__gte=last) | Q(status=WaitlistEntry.Status.WAITING)
    wishes = WaitlistEntry.objects.filter(mine, recent)
    merged = Patient.objects.filter(merged_into=OuterRef("pk"), created_at__gte=last)
    return Patient.objects.current().filter(
        ~Exists(visits), ~Exists(wishes), ~Exists(merged), created_at__lt=last
    )
