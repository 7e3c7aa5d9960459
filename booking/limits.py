"""How often somebody may try: counted in the database, so that all processes count together.

No cache is asked: losing Redis opens nothing and closes nothing.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from booking.models import Attempt
from booking.writing import BookingError, queue_up, writing

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# Whoever floods us leaves hundreds of thousands: more than one statement can name.
PURGED_AT_ONCE = 1_000


class TooManyTries(BookingError):
    """As often as it may be tried. `retry_after` is in seconds."""

    def __init__(self, *, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(retry_after)


def make_key(kind: str, value: str) -> str:
    """Return a keyed hash of an email or a phone number, fit to be stored: 64 hex characters."""
    return hmac.new(settings.SECRET_KEY.encode(), f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


@writing
def count_attempt(*, kind: str, key: str, limit: int, window: timedelta) -> Attempt:
    """Write a try down and judge it: at most `limit` for a key within any `window`.

    Tries of one key queue up, so that those of the same moment count each other. One that is
    refused is not kept: waiting always helps. Whoever counts only some outcomes deletes the
    attempt again. Raises TooManyTries, Busy.
    """
    queue_up(key)
    (attempt,) = write_down_tries(kind=kind, keys=[key], limit=limit, window=window)
    return attempt


def write_down_tries(*, kind: str, keys: Sequence[str], limit: int, window: timedelta) -> list[Attempt]:
    """The same for several keys at once, inside an action that has queued up for them.

    Where one of them may not, none is written down. Raises TooManyTries.
    """
    now = timezone.now()
    tries = Attempt.objects.filter(kind=kind, key__in=keys)
    known = list(tries.order_by("at").values_list("key", "at"))
    for key in keys:
        counted = [at for of, at in known if of == key and at > now - window]
        if len(counted) >= limit:
            free_again = min([now, *counted[len(counted) - max(limit, 0) :]]) + window
            raise TooManyTries(retry_after=max(1, round((free_again - now).total_seconds())))
    if any(at <= now - window for _, at in known):
        tries.filter(at__lte=now - window).delete()
    return Attempt.objects.bulk_create(Attempt(kind=kind, key=key, at=now) for key in keys)


def purge_attempts(*, older_than: timedelta = DAY) -> int:
    """Delete the tries that no window reaches any more. Returns how many."""
    return sum(iter(lambda: _purge_some(older_than=older_than), 0))


@writing
def _purge_some(*, older_than: timedelta) -> int:
    over = Attempt.objects.filter(at__lte=timezone.now() - older_than).order_by("pk")[:PURGED_AT_ONCE]
    keys = list(over.select_for_update(no_key=True).values_list("pk", flat=True))
    deleted, _ = Attempt.objects.filter(pk__in=keys).delete()
    return deleted
