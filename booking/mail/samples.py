"""Made-up visits, for whoever designs the mails: the inbox shows each kind of message with one.

Each function makes the rows that its mail is about, for somebody who reads the active language, and returns
the message. The inbox undoes it all.
"""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.translation import get_language

from audit import break_glass
from audit.models import BreakGlass
from booking import actions
from booking.engine.repeating import list_starts
from booking.models import (
    Absence,
    Appointment,
    AvailabilityException,
    CancellationReason,
    Location,
    Practitioner,
    Rearrangement,
    VisitType,
    WaitlistEntry,
)
from outbox.models import OutboxMessage, State

DAYS_AHEAD = 14


def sample_booked() -> OutboxMessage:
    return _find("booking.booked", book_sample())


def sample_moved() -> OutboxMessage:
    visit = book_sample()
    moved = actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=visit.start + timedelta(days=1, hours=4),
        by=actions.Actor.staff(None),
        override=actions.SETTABLE_ASIDE,
    )
    return _find("booking.moved", moved)


def sample_cancelled() -> OutboxMessage:
    cancelled = actions.cancel(
        appointment=book_sample(), reason=CancellationReason.PRACTICE, by=actions.Actor.staff(None)
    )
    return _find("booking.cancelled", cancelled)


def sample_booked_together() -> OutboxMessage:
    book_sample_series()
    return OutboxMessage.objects.filter(kind="booking.booked_together").latest("pk")


def sample_cancelled_together() -> OutboxMessage:
    visits = book_sample_series()[1:]
    actions.cancel_together(visits=visits, reason=CancellationReason.PATIENT, by=actions.Actor.staff(None))
    return OutboxMessage.objects.filter(kind="booking.cancelled_together").latest("pk")


def sample_reminder() -> OutboxMessage:
    visit = book_sample()
    OutboxMessage.objects.filter(subject_id=visit.pk, version=visit.version).delete()
    return _write(kind="booking.reminder", subject_id=visit.pk, version=visit.version)


def sample_away() -> OutboxMessage:
    """The clinician is away that day, and a time is held two days later."""
    visit = book_sample()
    day = visit.local_start.date()
    block = AvailabilityException.objects.create(practitioner=visit.practitioner, first_day=day, last_day=day)
    absence = Absence.objects.create(
        practitioner=visit.practitioner, block=block, status=Absence.Status.SENT, sent_at=timezone.now()
    )
    start = visit.start + timedelta(days=2)
    hold = _hold(visit, start=start, hours=24)
    Rearrangement.objects.create(absence=absence, appointment=visit, version=visit.version, hold=hold)
    return _write(kind="booking.away", subject_id=visit.pk, version=visit.version)


def sample_link() -> OutboxMessage:
    visit = book_sample()
    return _write(kind="booking.link", subject_id=visit.pk, version=visit.version)


def sample_waitlist_offer() -> OutboxMessage:
    """An earlier time than that of a visit, held for an hour."""
    visit = book_sample()
    assert visit.patient is not None
    entry = WaitlistEntry.objects.create(
        patient=visit.patient,
        visit_type=visit.visit_type,
        appointment=visit,
        language=visit.language,
        until=visit.local_start.date(),
    )
    start = visit.start - timedelta(days=7)
    hold = _hold(visit, start=start, hours=1)
    return _write(kind="booking.waitlist_offer", subject_id=entry.pk, version=hold.pk)


def sample_waitlist_joined() -> OutboxMessage:
    visit = book_sample()
    assert visit.patient is not None
    entry = WaitlistEntry.objects.create(
        patient=visit.patient,
        visit_type=visit.visit_type,
        until=visit.local_start.date(),
        language=visit.language,
    )
    return _write(kind="booking.waitlist_joined", subject_id=entry.pk, version=0)


def sample_daily_list() -> OutboxMessage:
    """A clinician's day, today: the sample's visit is put there."""
    visit = book_sample()
    Practitioner.objects.filter(pk=visit.practitioner_id).update(
        daily_list=True, email="lena.fischer@example.org"
    )
    today = timezone.localdate()
    start = datetime.combine(today, time(9, 20), ZoneInfo(settings.CLINIC_TIME_ZONE))
    end = start + timedelta(minutes=40)
    Appointment.objects.filter(pk=visit.pk).update(
        start=start, end=end, busy_start=start, busy_end=end, needs_interpreter=True, needs_quiet=True
    )
    return _write(kind="booking.daily_list", subject_id=visit.practitioner_id, version=today.toordinal())


def sample_delivery_problem() -> OutboxMessage:
    OutboxMessage.objects.filter(kind="booking.delivery_problem").delete()
    _write(kind="booking.booked", subject_id=0, version=0, state=State.DEAD)
    return _write(kind="booking.delivery_problem", subject_id=0, version=0)


def sample_broke_glass() -> OutboxMessage:
    user = get_user_model()._default_manager.create_user(
        "sample.practitioner", first_name="Lena", last_name="Fischer", is_staff=True
    )
    now = timezone.now()
    opened = BreakGlass.objects.create(
        user=user,
        patient_id=0,
        reason="On call for a colleague",
        granted_at=now,
        expires_at=now + break_glass.LASTS,
    )
    return _write(kind="booking.broke_glass", subject_id=opened.pk, version=0)


SAMPLES = {
    "booking.booked": sample_booked,
    "booking.moved": sample_moved,
    "booking.cancelled": sample_cancelled,
    "booking.booked_together": sample_booked_together,
    "booking.cancelled_together": sample_cancelled_together,
    "booking.reminder": sample_reminder,
    "booking.link": sample_link,
    "booking.waitlist_joined": sample_waitlist_joined,
    "booking.away": sample_away,
    "booking.waitlist_offer": sample_waitlist_offer,
    "booking.daily_list": sample_daily_list,
    "booking.delivery_problem": sample_delivery_problem,
    "booking.broke_glass": sample_broke_glass,
}


def book_sample() -> Appointment:
    """Book a visit in two weeks at 9:20 am, of nobody, with nobody, nowhere."""
    wanted = _make_wanted()
    return actions.book_visit(
        visit_type=wanted.visit_type,
        practitioner=wanted.practitioner,
        location=wanted.location,
        start=wanted.start,
        override=wanted.override,
        **_make_caller(wanted.start),
    )


def book_sample_series() -> list[Appointment]:
    """Book three visits, the first in two weeks and then every four weeks at 9:20 am."""
    first = _make_wanted()
    dates = list_starts(first.start, zone=first.location.zone, every_weeks=4, times=3)
    visits = [replace(first, start=start) for _, start in dates if start is not None]
    return actions.book_together(visits=visits, every_weeks=4, **_make_caller(first.start))


def _make_caller(start: datetime) -> dict[str, Any]:
    return {
        "patient": actions.PatientDetails(
            given_name="Jordan",
            family_name="O’Brien",
            birth_date=start.date().replace(year=1980, day=1),
            email="jordan.obrien@example.org",
        ),
        "visit": actions.VisitDetails(language=get_language() or settings.LANGUAGE_CODE),
        "by": actions.Actor.staff(None),
    }


def _make_wanted() -> actions.Wanted:
    location = Location.objects.create(
        name="Midtown",
        slug="sample-location",
        line1="418 Alder Street",
        line2="2nd floor",
        city="New York",
        state="NY",
        postal_code="10016",
        time_zone=settings.CLINIC_TIME_ZONE,
        directions="Ring the bell marked 2.",
        directions_es="Toque el timbre con el número 2.",
        access_notes="There is an elevator.",
        access_notes_es="Hay elevador.",
    )
    visit_type = VisitType.objects.create(
        name="New patient visit",
        name_es="Primera cita",
        slug="sample-visit",
        duration=40,
        start_step=20,
        minimum_notice=0,
        booking_horizon=90,
        change_cutoff=24 * 60,
        arrive_early=10,
        preparation="Bring your photo ID and insurance card.\nBring a list of the medicines you take.",
        preparation_es="Traiga su identificación con foto y su tarjeta del seguro.\n"
        "Traiga una lista de sus medicinas.",
    )
    practitioner = Practitioner.objects.create(
        slug="sample-practitioner", title="Dr.", title_es="Dra.", given_name="Lena", family_name="Fischer"
    )
    practitioner.visit_types.add(visit_type)
    zone = ZoneInfo(settings.CLINIC_TIME_ZONE)
    day = timezone.localdate(timezone=zone) + timedelta(days=DAYS_AHEAD)
    return actions.Wanted(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=datetime.combine(day, time(9, 20), zone),
        override=actions.SETTABLE_ASIDE,
    )


def _hold(visit: Appointment, *, start: datetime, hours: int) -> Appointment:
    """Hold another time for the patient of a visit, for so many hours from now."""
    end = start + timedelta(minutes=40)
    return Appointment.objects.create(
        visit_type=visit.visit_type,
        practitioner=visit.practitioner,
        location=visit.location,
        start=start,
        end=end,
        busy_start=start,
        busy_end=end,
        hold_expires_at=timezone.now() + timedelta(hours=hours),
    )


def _write(*, kind: str, subject_id: int, version: int, **fields: Any) -> OutboxMessage:
    return OutboxMessage.objects.create(
        kind=kind, subject_id=subject_id, version=version, recipient="sample", **fields
    )


def _find(kind: str, visit: Appointment) -> OutboxMessage:
    return OutboxMessage.objects.get(kind=kind, subject_id=visit.pk)
