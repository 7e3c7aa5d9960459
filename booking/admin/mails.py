"""Recording that staff read a mail: whose visit or wish it is about."""

from typing import Any

from django.dispatch import receiver
from django.http import HttpRequest

from audit.models import Entry
from audit.reads import DESK_WINDOW, record_opened
from booking.mail import messages, offers
from booking.models import Appointment, WaitlistEntry
from outbox.models import OutboxMessage
from outbox.signals import mail_read


@receiver(mail_read, dispatch_uid="booking.admin.mails")
def record_mail(sender: Any, request: HttpRequest, message: OutboxMessage, **kwargs: Any) -> None:
    """A mail to staff names no patient."""
    model = next((model for kinds, model in _MODELS if message.kind in kinds), None)
    record = model.objects.filter(pk=message.subject_id).first() if model is not None else None
    if record is not None:
        # The page of a mail asks twice: for itself and for the frame in it.
        page = "admin:outbox_outboxmessage_preview"
        record_opened(request, record, kind=Entry.Kind.READ_MAIL, page=page, window=DESK_WINDOW)


_MODELS: tuple[tuple[dict[str, Any], type[Appointment] | type[WaitlistEntry]], ...] = (
    (messages.KINDS, Appointment),
    (offers.KINDS, WaitlistEntry),
)
