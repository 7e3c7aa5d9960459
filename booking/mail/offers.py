"""The offer of a time that has opened, to somebody on the waitlist.

Nothing sends it yet. Who does so one day holds the time as an online booking does (an Appointment that
is PENDING, with the end of its hold), and writes in the same transaction:

    queue.enqueue(kind=OFFER, subject_id=entry.pk, version=hold.pk, recipient="patient")

One wish is offered one time once: the hold is the version. When the hold ends or becomes a visit, or the
wish ends, the offer no longer holds, and a mail that has not left is dropped.
"""

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from booking.mail.composing import choose_language, write_mail
from booking.models import Appointment, Patient, WaitlistEntry
from booking.models.appointment import Status
from outbox.models import OutboxMessage
from outbox.registry import Superseded

OFFER = "booking.waitlist_offer"


def compose_waitlist_offer(message: OutboxMessage) -> EmailMultiAlternatives:
    entries = WaitlistEntry.objects.waiting().select_related("patient", "related_person")
    entry = entries.filter(pk=message.subject_id).first()
    holds = Appointment.objects.with_parts().filter(
        status=Status.PENDING, patient__isnull=True, hold_expires_at__gt=timezone.now()
    )
    hold = holds.filter(pk=message.version).first()
    if entry is None or hold is None or not entry.contact.email:
        raise Superseded
    return write_offer(entry=entry, visit=hold)


def write_offer(*, entry: WaitlistEntry, visit: Appointment) -> EmailMultiAlternatives:
    """Offer the held time `visit` to whoever asked. It is taken by phone until there is a page for that."""
    contact = entry.contact
    assert visit.hold_expires_at is not None
    values = {
        "visit": visit,
        "held_until": visit.hold_expires_at.astimezone(visit.location.zone),
        "keeps_visit": entry.appointment_id is not None,
        "contact_name": contact.full_name if isinstance(contact, Patient) else contact.name,
        "visit_of": "" if isinstance(contact, Patient) else entry.patient.given_name,
    }
    language = choose_language(entry.language)
    return write_mail(template="waitlist_offer", to=contact.email, language=language, values=values)


KINDS = {OFFER: compose_waitlist_offer}
