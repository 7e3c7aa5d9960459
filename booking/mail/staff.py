"""The mails to those who work here: a clinician's day, failed mail, somebody who opened a record anyway.

A mailbox is not the practice's record: nothing in these names a patient or tells why one comes.
"""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from audit.models import BreakGlass
from booking.availability.hours import read_hours
from booking.mail.composing import write_mail
from booking.models import Appointment, Practitioner
from booking.models.appointment import AppointmentQuerySet, Status
from outbox import queue
from outbox.models import OutboxMessage, OutboxQuerySet
from outbox.registry import Superseded

DAILY_LIST, DELIVERY_PROBLEM = "booking.daily_list", "booking.delivery_problem"
BROKE_GLASS = "booking.broke_glass"

# By the practice's clock. After a morning without beat it still leaves, but not in the afternoon.
LIST_LEAVES, LIST_IS_LATE = time(7), time(12)
TO_COME = (Status.BOOKED, Status.ARRIVED, Status.CHECKED_IN)
BETWEEN_REPORTS = timedelta(hours=1)

# --- The day's list ----------------------------------------------------------------


def queue_daily_lists() -> None:
    """Write the lists of this morning for those who want one and work today; beat asks again and again.

    The day is the version, so that each gets one, however often and by how many beats it is asked.
    """
    now = timezone.localtime()
    if not LIST_LEAVES <= now.time() < LIST_IS_LATE:
        return
    day = now.date()
    written = OutboxMessage.objects.filter(kind=DAILY_LIST, version=day.toordinal())
    waiting = (
        Practitioner.objects.filter(is_active=True, daily_list=True)
        .exclude(email="")
        .exclude(pk__in=written.values("subject_id"))
    )
    keys = list(waiting.values_list("pk", flat=True))
    if not keys:
        return
    at_work = {hours.practitioner.pk for hours in read_hours(day=day, now=now) if hours.open}
    at_work |= set(_list_visits(day).filter(practitioner__in=keys).values_list("practitioner", flat=True))
    for key in keys:
        if key in at_work:
            with transaction.atomic():
                queue.enqueue(
                    kind=DAILY_LIST, subject_id=key, version=day.toordinal(), recipient="practitioner"
                )


@override(settings.LANGUAGE_CODE)
def compose_daily_list(message: OutboxMessage) -> EmailMultiAlternatives:
    """Times, visit types and the help that is needed: ticks only, as what patients typed may say more."""
    day = date.fromordinal(message.version)
    practitioners = Practitioner.objects.filter(is_active=True, daily_list=True).exclude(email="")
    practitioner = practitioners.filter(pk=message.subject_id).first()
    if practitioner is None or day != timezone.localdate():
        raise Superseded
    visits = _list_visits(day).filter(practitioner=practitioner).select_related("visit_type", "location")
    values = {
        "contact_name": practitioner.display_name,
        "day": day,
        "visits": [(visit, ", ".join(_name_needs(visit))) for visit in visits.order_by("start", "pk")],
        "clinic_zone": settings.CLINIC_TIME_ZONE,
        "desk_url": f"{settings.PUBLIC_URL}{reverse('desk:day')}?day={day.isoformat()}",
    }
    language = settings.LANGUAGE_CODE
    return write_mail(template="daily_list", to=practitioner.email, language=language, values=values)


def _list_visits(day: date) -> AppointmentQuerySet:
    """Return what is to be done on a day of the practice's clock."""
    zone = timezone.get_default_timezone()
    begins = datetime.combine(day, time.min, zone)
    ends = datetime.combine(day + timedelta(days=1), time.min, zone)
    return Appointment.objects.visits().filter(status__in=TO_COME, start__gte=begins, start__lt=ends)


def _name_needs(visit: Appointment) -> list[str]:
    needs = {
        _("interpreter"): visit.needs_interpreter,
        _("step-free"): visit.needs_step_free,
        _("quiet"): visit.needs_quiet,
        _("more time"): visit.needs_more_time,
        _("other help"): bool(visit.access_needs),
    }
    return [name for name, is_needed in needs.items() if is_needed]


# --- Failed mail -------------------------------------------------------------------


def report_failed_mail() -> None:
    """Write word to the desk where mail has failed since the last time, at most once an hour.

    The hour is the version too, for two beats that ask at the same moment.
    """
    now = timezone.now()
    last = OutboxMessage.objects.filter(kind=DELIVERY_PROBLEM).order_by("-pk").first()
    if last is not None and last.created_at > now - BETWEEN_REPORTS:
        return
    if _list_failed(after=last).exists():
        with transaction.atomic():
            hour = int(now.timestamp()) // 3600
            queue.enqueue(kind=DELIVERY_PROBLEM, subject_id=0, version=hour, recipient="desk")


@override(settings.LANGUAGE_CODE)
def compose_delivery_problem(message: OutboxMessage) -> EmailMultiAlternatives:
    """Say how many: which ones is for the desk's own pages. Dropped where staff have dealt with all."""
    earlier = OutboxMessage.objects.filter(kind=DELIVERY_PROBLEM, pk__lt=message.pk).order_by("-pk").first()
    count = _list_failed(after=earlier).filter(updated_at__lte=message.created_at).count()
    if not count:
        raise Superseded
    outbox = reverse("admin:outbox_outboxmessage_changelist")
    values = {
        "contact_name": _("front desk"),
        "count": count,
        "desk_url": settings.PUBLIC_URL + reverse("desk:day"),
        "failed_url": f"{settings.PUBLIC_URL}{outbox}?state__exact=dead",
    }
    language = settings.LANGUAGE_CODE
    return write_mail(
        template="delivery_problem", to=settings.CLINIC["email"], language=language, values=values
    )


def _list_failed(*, after: OutboxMessage | None) -> OutboxQuerySet:
    """Return what failed since a report was written. A report that fails itself makes no other one."""
    failed = OutboxMessage.objects.dead().exclude(kind=DELIVERY_PROBLEM)
    return failed.filter(updated_at__gt=after.created_at) if after is not None else failed


# --- Opened anyway -----------------------------------------------------------------


def queue_broke_glass(opened: BreakGlass) -> None:
    """Tell each manager with an email address; the practice's own mailbox where there is none."""
    managers = get_user_model()._default_manager.with_perm(
        "audit.view_breakglass", backend="django.contrib.auth.backends.ModelBackend"
    )
    keys = managers.filter(is_active=True, is_staff=True).exclude(email="").values_list("pk", flat=True)
    for recipient in [f"user-{key}" for key in keys] or ["desk"]:
        queue.enqueue(kind=BROKE_GLASS, subject_id=opened.pk, version=0, recipient=recipient)


def compose_broke_glass(message: OutboxMessage) -> EmailMultiAlternatives:
    """Say who and when. Whom, and why, is for the manager's own page."""
    opened = BreakGlass.objects.select_related("user").filter(pk=message.subject_id).first()
    if opened is None:
        raise Superseded
    _kind, _dash, key = message.recipient.partition("user-")
    user = get_user_model()._default_manager.filter(pk=key, is_active=True).first() if key else None
    if key and (user is None or not user.email):
        raise Superseded
    change = reverse("admin:audit_breakglass_change", args=[opened.pk])
    values = {
        "contact_name": user.get_full_name() or user.get_username() if user else _("front desk"),
        "who": opened.user.get_full_name() or opened.user.get_username(),
        "opened": opened,
        "list_url": settings.PUBLIC_URL + change,
    }
    to = user.email if user else settings.CLINIC["email"]
    return write_mail(template="broke_glass", to=to, language=settings.LANGUAGE_CODE, values=values)


KINDS = {
    DAILY_LIST: compose_daily_list,
    DELIVERY_PROBLEM: compose_delivery_problem,
    BROKE_GLASS: compose_broke_glass,
}
