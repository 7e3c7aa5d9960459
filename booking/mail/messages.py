"""The mails about a visit, each composed at the moment it leaves.

They go to the visit's contact: the patient, or whoever is called for the patient. What is written
on an envelope is read by others: subject, sender and preheader name neither the specialty nor the
clinician nor the reason nor the patient. No mail tells a date of birth or a phone of the patient.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Max
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from booking import links
from booking.mail.ics import make_invitation
from booking.models import Appointment, CancellationReason, Patient
from booking.models.appointment import Status
from booking.models.history import find_old_place
from clinic.branding import phone_uri
from outbox.models import OutboxMessage
from outbox.registry import Superseded, is_preview

_inliner = css_inline.CSSInliner(load_remote_stylesheets=False)


def compose_booked(message: OutboxMessage) -> EmailMultiAlternatives:
    appointment = _load(message, status=Status.BOOKED)
    return _compose(appointment, template="booked", method="REQUEST", context=_explain_visit(appointment))


def compose_moved(message: OutboxMessage) -> EmailMultiAlternatives:
    """Tell the new time beside the one that the patient knows, which need not be the last one.

    A visit that was moved and moved back before anybody was told is told as it is.
    """
    appointment = _load(message, status=Status.BOOKED)
    old = find_old_place(appointment, told=_find_told_version(message))
    context = {
        **_explain_visit(appointment),
        "old_start": old.start if old else None,
        # Somebody else sees the patient, or elsewhere.
        "is_same_time": old is not None and old.start == appointment.start,
    }
    template = "booked" if old is not None and old.is_of(appointment) else "moved"
    return _compose(appointment, template=template, method="REQUEST", context=context)


def compose_cancelled(message: OutboxMessage) -> EmailMultiAlternatives:
    appointment = _load(message, status=Status.CANCELLED)
    context = {
        "book_url": settings.PUBLIC_URL + reverse("booking:visit-type"),
        "by_practice": appointment.cancellation_reason == CancellationReason.PRACTICE,
    }
    return _compose(appointment, template="cancelled", method="CANCEL", context=context)


# What `booking.actions` puts into the outbox, and who composes it.
KINDS = {
    "booking.booked": compose_booked,
    "booking.moved": compose_moved,
    "booking.cancelled": compose_cancelled,
}


def _load(message: OutboxMessage, *, status: Status) -> Appointment:
    """Return the visit that the message tells about. Raises Superseded where it is no longer so."""
    appointment = (
        Appointment.objects.with_parts()
        .filter(pk=message.subject_id, version=message.version, status=status, end__gt=timezone.now())
        .first()
    )
    if appointment is None or appointment.contact is None or not appointment.contact.email:
        raise Superseded
    return appointment


def _find_told_version(message: OutboxMessage) -> int | None:
    """Return the last version of the visit that a mail has told before this one."""
    told = OutboxMessage.objects.filter(
        kind__in=KINDS, subject_id=message.subject_id, version__lt=message.version, sent_at__isnull=False
    )
    return told.aggregate(last=Max("version"))["last"]


def _explain_visit(appointment: Appointment) -> dict[str, Any]:
    """Return what a patient needs for a visit to come. Makes one more manage link: only hashes are kept."""
    zone = appointment.location.zone
    visit_type = appointment.visit_type
    change_until = appointment.start - timedelta(minutes=visit_type.change_cutoff)
    return {
        "manage_url": links.make_url(_issue_link(appointment)),
        "change_until": change_until.astimezone(zone) if change_until > timezone.now() else None,
        "arrive_at": (appointment.start - timedelta(minutes=visit_type.arrive_early)).astimezone(zone),
    }


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


def _compose(
    appointment: Appointment, *, template: str, method: str, context: Mapping[str, Any]
) -> EmailMultiAlternatives:
    """Text, HTML and calendar as alternatives, and the calendar once more as a file.

    Gmail and Outlook look for the last alternative, others for the attachment.
    """
    contact, patient = appointment.contact, appointment.patient
    assert contact is not None
    assert patient is not None
    language = _choose_language(patient.language)
    with translation.override(language):
        values = {
            **context,
            "visit": appointment,
            "contact_name": contact.full_name if isinstance(contact, Patient) else contact.name,
            # Whose visit it is, told to somebody else: the first name will do.
            "visit_of": "" if isinstance(contact, Patient) else patient.given_name,
            "clinic": {**settings.CLINIC, "phone_uri": phone_uri(settings.CLINIC["phone"])},
        }
        subject = render_to_string(f"emails/{template}/subject.txt", values)
        text = render_to_string(f"emails/{template}/body.txt", values).strip() + "\n"
        html = render_to_string(f"emails/{template}/body.html", values)
        invitation = make_invitation(appointment, method=method)

    email = EmailMultiAlternatives(
        # One line, whatever stands in a name or setting: splitting also ends no-break spaces.
        subject=" ".join(subject.split()),
        # Left-out parts leave empty lines behind.
        body=re.sub(r"\n{3,}", "\n\n", text.replace("\N{NO-BREAK SPACE}", " ")),
        to=[contact.email],
        reply_to=[settings.CLINIC["email"]],
        headers={"Content-Language": language},
    )
    email.attach_alternative(_inliner.inline(html), "text/html")
    email.attach_alternative(invitation.decode(), f"text/calendar; method={method}")
    email.attach("invite.ics", invitation, "application/ics")
    return email


def _choose_language(wanted: str) -> str:
    try:
        return translation.get_supported_language_variant(wanted)
    except LookupError:
        return settings.LANGUAGE_CODE
