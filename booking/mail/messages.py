"""The mails about a visit, each composed at the moment it leaves.

They go to the visit's contact: the patient, or whoever is called for the patient.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Max, Q
from django.urls import reverse
from django.utils import timezone, translation

from booking import away, links
from booking.actions.records import BOOKED_TOGETHER
from booking.mail.composing import choose_language, write_mail, write_name
from booking.mail.ics import make_invitation
from booking.models import Appointment, CancellationReason, RelatedPerson
from booking.models.appointment import Status
from booking.models.history import AppointmentEvent, find_old_place
from outbox.models import OutboxMessage
from outbox.registry import Superseded, is_preview


def compose_booked(message: OutboxMessage) -> EmailMultiAlternatives:
    """Tell a visit that is new, or on again: then it may be elsewhere than where the patient knows it."""
    appointment = _load(message, status=Status.BOOKED, end__gt=timezone.now())
    old_start = find_told_start(appointment) if appointment.version else None
    context = {**explain_visit(appointment), "old_start": old_start}
    template = "booked" if old_start is None else "moved"
    return compose(appointment, template=template, method="REQUEST", context=context)


def compose_moved(message: OutboxMessage) -> EmailMultiAlternatives:
    """Tell the new time beside the one that the patient knows, which need not be the last one.

    A visit that was moved and moved back before anybody was told is told as it is.
    """
    appointment = _load(message, status=Status.BOOKED, end__gt=timezone.now())
    old = find_old_place(appointment, told=_find_told_version(appointment))
    context = {
        **explain_visit(appointment),
        "old_start": old.start if old else None,
        # Somebody else sees the patient, or elsewhere.
        "is_same_time": old is not None and old.start == appointment.start,
    }
    template = "booked" if old is not None and old.is_of(appointment) else "moved"
    return compose(appointment, template=template, method="REQUEST", context=context)


def compose_cancelled(message: OutboxMessage) -> EmailMultiAlternatives:
    return compose_one_cancelled(_load(message, status=Status.CANCELLED, end__gt=timezone.now()))


def compose_one_cancelled(appointment: Appointment) -> EmailMultiAlternatives:
    with translation.override(find_language(appointment)):
        book_url = settings.PUBLIC_URL + reverse("booking:visit-type")
    context = {
        "book_url": book_url,
        "by_practice": appointment.cancellation_reason == CancellationReason.PRACTICE,
        "old_start": find_told_start(appointment),
    }
    return compose(appointment, template="cancelled", method="CANCEL", context=context)


def compose_reminder(message: OutboxMessage) -> EmailMultiAlternatives:
    """Ask whether they will come. The only mail that mail programs offer to stop.

    Of two that are due at once, after an outage, only the later one leaves.
    """
    now = timezone.now()
    appointment = _load(message, status=Status.BOOKED, start__gt=now)
    same_visit = OutboxMessage.objects.filter(
        kind=message.kind, subject_id=message.subject_id, version=message.version
    )
    # Taken up again together, they have one time; the later one was written later.
    is_later = Q(send_at__gt=message.send_at) | Q(send_at=message.send_at, pk__gt=message.pk or 0)
    if same_visit.filter(is_later, send_at__lte=now).exists():
        raise Superseded
    # Their clinician is away: they are asked for another time.
    if away.find_asked(appointment) is not None:
        raise Superseded
    assert appointment.contact is not None
    if appointment.contact.reminders_off_at is not None:
        raise Superseded
    context = explain_visit(appointment)
    stop_token = links.PLACEHOLDER if is_preview() else links.issue_stop(appointment)
    stop_url = links.make_stop_url(stop_token, language=find_language(appointment))
    # To the buttons of the page, or its line with the phone: opening it says nothing yet.
    context["come_url"] = f"{context['manage_url']}#come"
    context["change_url"] = f"{context['manage_url']}#{'change' if context['change_until'] else 'call'}"
    context["stop_url"] = stop_url
    email = compose(appointment, template="reminder", context=context)
    email.extra_headers["List-Unsubscribe"] = f"<{stop_url}>"
    email.extra_headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return email


def compose_link(message: OutboxMessage) -> EmailMultiAlternatives:
    """Send the link once more to whoever asked for it, for as long as there is a page to see."""
    appointment = _load(message, end__gt=timezone.now() - links.LIFE_AFTER_VISIT)
    manage_url = links.make_url(_issue_link(appointment), language=find_language(appointment))
    context = {"manage_url": manage_url}
    return compose(appointment, template="link", context=context)


def compose_away(message: OutboxMessage) -> EmailMultiAlternatives:
    """Ask for another time, because the clinician is away; with the one that is held, while it is."""
    appointment = _load(message, status=Status.BOOKED, end__gt=timezone.now())
    asked = away.find_asked(appointment)
    is_of_another_plan = message.recipient.startswith("patient-") and asked is not None
    if asked is None or (is_of_another_plan and message.recipient != away.name_recipient(asked.absence)):
        raise Superseded
    held = asked.held
    if held is None or held.hold_expires_at is None or held.hold_expires_at <= timezone.now():
        held = None
    context = explain_visit(appointment) | {
        "held": held,
        "held_until": held.hold_expires_at.astimezone(held.location.zone)
        if held is not None and held.hold_expires_at is not None
        else None,
    }
    return compose(appointment, template="away", context=context)


# What `booking.actions` puts into the outbox about a visit (the subject is its key), and who composes it.
KINDS = {
    "booking.booked": compose_booked,
    "booking.moved": compose_moved,
    "booking.cancelled": compose_cancelled,
    "booking.reminder": compose_reminder,
    "booking.link": compose_link,
    away.AWAY: compose_away,
}


def _load(message: OutboxMessage, **as_told: Any) -> Appointment:
    """Return the visit that the message tells about. Raises Superseded where it is no longer `as_told`."""
    visits = Appointment.objects.with_parts()
    appointment = visits.filter(pk=message.subject_id, version=message.version, **as_told).first()
    if appointment is None or appointment.contact is None or not appointment.contact.email:
        raise Superseded
    return appointment


def find_told_start(appointment: Appointment) -> datetime | None:
    """Return when the visit was as a mail told it last; None where that is when it is, or was, now.

    Moved and then cancelled before anybody was told of the move, it is still known by its old time.
    """
    told = _find_told_version(appointment)
    moves = appointment.events.filter(kind=AppointmentEvent.Kind.MOVED)
    if told is None or not any(move.details.get("version", -1) >= told for move in moves):
        return None
    old = find_old_place(appointment, told=told)
    return old.start if old is not None and old.start != appointment.start else None


def _find_told_version(appointment: Appointment) -> int | None:
    """Return the last version of the visit, before the one that it has, that a mail has told."""
    sent = OutboxMessage.objects.filter(sent_at__isnull=False)
    told = sent.filter(kind__in=KINDS, subject_id=appointment.pk, version__lt=appointment.version)
    last: int | None = told.aggregate(last=Max("version"))["last"]
    if last is None and appointment.group_id is not None:
        # The mail about all of them has told of it as it was booked.
        is_told = sent.filter(kind=BOOKED_TOGETHER, subject_id=appointment.group_id).exists()
        return 0 if is_told else None
    return last


def explain_visit(appointment: Appointment) -> dict[str, Any]:
    """Return what a patient needs for a visit to come. Makes one more manage link: only hashes are kept."""
    zone = appointment.location.zone
    visit_type = appointment.visit_type
    change_until = appointment.start - timedelta(minutes=visit_type.change_cutoff)
    return {
        "manage_url": links.make_url(_issue_link(appointment), language=find_language(appointment)),
        "change_until": change_until.astimezone(zone) if change_until > timezone.now() else None,
        "arrive_at": (appointment.start - timedelta(minutes=visit_type.arrive_early)).astimezone(zone),
    }


def find_language(appointment: Appointment) -> str:
    """Return the language of the mails about the visit, as long as there is such a one."""
    return choose_language(appointment.language)


def _issue_link(appointment: Appointment) -> str:
    """Make a link for the version that the mail tells about.

    Under the visit's lock: a move ends all links, and must not find one made for the old time
    a moment later. Whoever only looks at the mail gets none. Raises Superseded.
    """
    if is_preview():
        return links.PLACEHOLDER
    with transaction.atomic():
        visits = Appointment.objects.select_for_update(no_key=True)
        if visits.filter(pk=appointment.pk, version=appointment.version).first() is None:
            raise Superseded
        return links.issue(appointment)


def compose(
    appointment: Appointment, *, template: str, context: Mapping[str, Any], method: str = ""
) -> EmailMultiAlternatives:
    """Text, HTML and, with a `method`, the calendar: as an alternative, and once more as a file.

    Gmail and Outlook look for the last alternative, others for the attachment.
    """
    contact = appointment.contact
    assert contact is not None
    language = find_language(appointment)
    values = {
        **context,
        **name_contact(appointment),
        "visit": appointment,
        "patient_start": find_patient_start(appointment),
        "has_calendar": bool(method),
    }
    email = write_mail(template=template, to=contact.email, language=language, values=values)
    if method:
        with translation.override(language):
            invitation = make_invitation(appointment, method=method)
        email.attach_alternative(invitation.decode(), f"text/calendar; method={method}")
        email.attach("invite.ics", invitation, "application/ics")
    return email


def name_contact(appointment: Appointment) -> dict[str, str]:
    """Return how whoever is written to is called, and whose visit it is where it is somebody else's."""
    contact, patient = appointment.contact, appointment.patient
    assert patient is not None
    if isinstance(contact, RelatedPerson):
        # The first name will do.
        return {"contact_name": write_name(contact.name), "visit_of": write_name(patient.given_name)}
    return {"contact_name": write_name(patient.full_name), "visit_of": ""}


def find_patient_start(appointment: Appointment) -> datetime | None:
    """Return the start on the patient's clock, for a video visit where that shows another time.

    The zone is the one that the device told at booking; who comes to the clinic is on its clock.
    """
    if not (appointment.visit_type.is_telehealth and appointment.patient_time_zone):
        return None
    try:
        zone = ZoneInfo(appointment.patient_time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "America", a folder of zones
        return None
    start = appointment.start.astimezone(zone)
    return start if start.utcoffset() != appointment.local_start.utcoffset() else None
