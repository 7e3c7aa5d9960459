"""How many mails leave in a minute, overall and to one domain: MAIL_PER_MINUTE, MAIL_PER_MINUTE_PER_DOMAIN.

Counted in the database, so that all workers share one count. A minute is one of the clock, so that
around its turn twice as many may leave within sixty seconds. 0 means no limit, and then no query.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from outbox.models import MinuteCount

MINUTE = timedelta(minutes=1)
OVERALL = ""


class NoRoom(Exception):
    """The limit of this minute is reached; `until` is when the mail may ask again."""

    def __init__(self, *, until: datetime) -> None:
        self.until = until
        super().__init__()


def has_room(*, now: datetime) -> bool:
    """Whether the overall limit lets another mail go in this minute.

    To be asked before a message is claimed: what waits for everybody's turn stays as it is, in its
    order, and is not composed in vain.
    """
    limit = settings.MAIL_PER_MINUTE
    full = MinuteCount.objects.filter(minute=_minute_of(now), scope=OVERALL, asked__gte=limit)
    return not limit or not full.exists()


def take_place(addresses: Iterable[str], *, now: datetime) -> None:
    """Count a mail that is about to leave, or raise NoRoom.

    Whoever comes too late is counted too: with 10 a minute the 25th that asks is told to come back
    in two minutes. So a long queue spreads over the minutes to come, in its order, instead of
    being composed once a minute from its beginning. A refused mail may leave a place of the other
    limit unused.
    """
    if limit := settings.MAIL_PER_MINUTE_PER_DOMAIN:
        for domain in sorted({address.rpartition("@")[2].casefold() for address in addresses}):
            _count(_hash_domain(domain), limit=limit, now=now)
    if limit := settings.MAIL_PER_MINUTE:
        _count(OVERALL, limit=limit, now=now)


def purge_counts(*, now: datetime) -> None:
    MinuteCount.objects.filter(minute__lt=_minute_of(now) - timedelta(hours=1)).delete()


def _count(scope: str, *, limit: int, now: datetime) -> None:
    minute = _minute_of(now)
    with transaction.atomic():
        count, _created = MinuteCount.objects.get_or_create(minute=minute, scope=scope)
        MinuteCount.objects.filter(pk=count.pk).update(asked=F("asked") + 1)
        # The row is ours until the commit, so nobody else reads the same place.
        count.refresh_from_db(fields=["asked"])
    minutes_to_wait = (count.asked - 1) // limit
    if minutes_to_wait:
        raise NoRoom(until=minute + minutes_to_wait * MINUTE)


def _minute_of(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)


def _hash_domain(domain: str) -> str:
    return salted_hmac("outbox.domain", domain, algorithm="sha256").hexdigest()
