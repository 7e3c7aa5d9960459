"""What a mail provider tells after it took a mail: it came back or failed, or somebody called it unwanted."""

import logging
from collections.abc import Mapping
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from outbox import addresses
from outbox.models import BadAddress, OutboxMessage, State

logger = logging.getLogger(__name__)

# The name under which the provider gives us back which mail it was.
METADATA = "outbox"
# What shuts an address for good. Other reasons (too large, full, looks like spam) are about one mail.
REASONS = {
    RejectReason.BOUNCED: BadAddress.Reason.BOUNCED,
    RejectReason.INVALID: BadAddress.Reason.BOUNCED,
    RejectReason.SPAM: BadAddress.Reason.COMPLAINED,
}
# Postmark's word for a bounce that is not for good; Anymail gives it the reason of one that is.
SOFT_BOUNCE = "SoftBounce"


def note_event(event: AnymailTrackingEvent, **kwargs: Any) -> None:
    """Receiver of `anymail.signals.tracking`. The same event twice changes nothing more."""
    if event.event_type == EventType.COMPLAINED:
        _note(event, error="Complained", reason=BadAddress.Reason.COMPLAINED)
    elif event.event_type in (EventType.BOUNCED, EventType.REJECTED):
        reason = None if _is_soft(event) else REASONS.get(event.reject_reason)
        _note(event, error="Bounced", reason=reason)
    elif event.event_type == EventType.FAILED:
        # Taken, and then not sent or not delivered: nobody has read it, and the address may be good.
        _note(event, error="Failed", reason=None)


def _is_soft(event: AnymailTrackingEvent) -> bool:
    return isinstance(event.esp_event, Mapping) and event.esp_event.get("Type") == SOFT_BOUNCE


def _note(event: AnymailTrackingEvent, *, error: str, reason: BadAddress.Reason | None) -> None:
    """Bury the message, so that the desk calls instead, and mark the address where there is a reason."""
    with transaction.atomic():
        message = _find_message(event)
        if message is not None:
            # Also while our side still waits for the provider's answer: its lease is gone then,
            # and what it would write afterwards is not written.
            OutboxMessage.objects.filter(
                pk=message.pk, message_id=message.message_id, state__in=[State.SENT, State.SENDING]
            ).update(state=State.DEAD, lease_until=None, last_error=error, updated_at=timezone.now())
        if reason and event.recipient:
            addresses.mark(event.recipient, reason=reason, message=message)
    logger.warning("Outbox message %s: the provider says %s.", message.pk if message else "unknown", error)


def _find_message(event: AnymailTrackingEvent) -> OutboxMessage | None:
    """By what we gave the provider, or else by what it answered. A copy that was sent again has new ones."""
    is_ours = Q(message_id=(event.metadata or {}).get(METADATA, ""))
    if event.message_id:
        is_ours |= Q(message_id=event.message_id) | Q(tracking_id=event.message_id)
    return OutboxMessage.objects.filter(is_ours).first()
