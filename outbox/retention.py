"""Rows that have done their work go after a while."""

from datetime import datetime, timedelta

from django.conf import settings

from outbox import rates
from outbox.models import OutboxMessage, State

BATCH = 1000
# A failed message stays until staff send or stop it.
FINISHED = (State.SENT, State.DROPPED, State.STOPPED)


def purge(*, now: datetime) -> int:
    """Delete messages that were finished OUTBOX_RETENTION_DAYS ago or earlier; return how many.

    In batches, so that no worker waits long for SQLite's one lock. It must be longer than any visit
    lies ahead (`booking.W001`): which mail a patient had is read from these rows, too.
    """
    finished = OutboxMessage.objects.filter(
        state__in=FINISHED, updated_at__lte=now - timedelta(days=settings.OUTBOX_RETENTION_DAYS)
    )
    total = 0
    while keys := list(finished.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        # Once more by state: one of them may have been queued again a moment ago.
        deleted, _by_model = finished.filter(pk__in=keys).delete()
        total += deleted
    rates.purge_counts(now=now)
    return total
