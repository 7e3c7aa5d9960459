"""What people on the waitlist are written: that they are on it, and that a time has opened for them.

Each mail makes a link of its own to the wish's page. The time is offered by `actions.offer_time`; its hold
is the version of the message. When the hold ends or becomes a visit, or the wish ends, the offer no longer
holds, and a mail that has not left is dropped.
"""

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from booking import links
from booking.actions.offering import OFFER, is_earlier
from booking.mail.composing import choose_language, write_mail, write_name
from booking.models import Appointment, Patient, WaitlistEntry
from booking.models.appointment import Status
from booking.waiting import JOINED
from outbox.models import OutboxMessage
from outbox.registry import Superseded


def compose_joined(message: OutboxMessage) -> EmailMultiAlternatives:
    entry = _find_waiting(message.subject_id)
    language = choose_language(entry.language)
    values = {
        "entry": entry,
        "wish_url": links.make_wish_url(links.issue_wish(entry), language=language),
        **_name_contact(entry),
    }
    return write_mail(
        template="waitlist_joined",
        to=entry.contact.email,
        language=language,
        values=values,
    )


def compose_waitlist_offer(message: OutboxMessage) -> EmailMultiAlternatives:
    entry = _find_waiting(message.subject_id)
    holds = Appointment.objects.with_parts().filter(
        status=Status.PENDING, patient__isnull=True, hold_expires_at__gt=timezone.now()
    )
    hold = holds.filter(pk=message.version).first()
    if hold is None or hold.hold_expires_at is None or not is_earlier(hold.start, visit=entry.appointment):
        raise Superseded
    language = choose_language(entry.language)
    values = {
        "visit": hold,
        "held_until": hold.hold_expires_at.astimezone(hold.location.zone),
        "keeps_visit": entry.appointment_id is not None,
        "wish_url": links.make_wish_url(links.issue_wish(entry), language=language),
        **_name_contact(entry),
    }
    return write_mail(template="waitlist_offer", to=entry.contact.email, language=language, values=values)


def _find_waiting(key: int) -> WaitlistEntry:
    """Return the wish. Raises Superseded where nobody waits for it any more, or has no address."""
    entry = WaitlistEntry.objects.waiting().with_parts().filter(pk=key).first()
    if entry is None or not entry.contact.email:
        raise Superseded
    return entry


def _name_contact(entry: WaitlistEntry) -> dict[str, str]:
    contact = entry.contact
    if isinstance(contact, Patient):
        return {"contact_name": write_name(contact.full_name), "visit_of": ""}
    return {"contact_name": write_name(contact.name), "visit_of": write_name(entry.patient.given_name)}


KINDS = {JOINED: compose_joined, OFFER: compose_waitlist_offer}
