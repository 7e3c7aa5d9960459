"""Recording that staff read a mail: whose visit or wish it is about."""

from typing import Any

from django.dispatch import receiver
from django.http import HttpRequest

from audit.models import Entry
from audit.reads import DESK_WINDOW, record_opened
from booking.mail import messages, offers, together
from booking.models import Appointment, WaitlistEntry
from outbox.models import OutboxMessage
from outbox.signals import mail_read


@receiver(mail_read, dispatch_uid="booking.admin.mails")
def record_mail(sender: Any, request: HttpRequest, message: OutboxMessage, **kwargs: Any) -> None:
    """A mail to staff names no patient."""
    record = _find_record(message)
    if record is not None:
        # The page of a mail asks twice: for itself and for the frame in it.
        page = "admin:outbox_outboxmessage_preview"
        record_opened(request, record, kind=Entry.Kind.READ_MAIL, page=page, window=DESK_WINDOW)


def _find_record(message: OutboxMessage) -> Appointment | WaitlistEntry | None:
    if message.kind in together.KINDS:
        # All of them are one patient's: the first will do.
        return Appointment.objects.filter(group=message.subject_id).first()
    model = next((model for kinds, model in _MODELS if message.kind in kinds), None)
    return model.objects.filter(pk=message.subject_id).first() if model is not None else None


_MODELS: tuple[tuple[dict[str, Any], type[Appointment] | type[WaitlistEntry]], ...] = (
    (messages.KINDS, Appointment),
    (offers.KINDS, WaitlistEntry),
)
