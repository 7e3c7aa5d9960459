"""Addresses that mail is no longer sent to, known by a keyed hash alone."""

from collections.abc import Iterable
from contextlib import suppress

from django.conf import settings
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac
from django.utils.encoding import punycode

from outbox.models import BadAddress, OutboxMessage


class AddressBounced(Exception):
    """An earlier mail to this address came back, or was called unwanted there."""


def hash_address(address: str, *, key: str | None = None) -> str:
    """Return 64 hex characters, the same for every way to write an address, useless without the key."""
    spelling = _spell(address)
    return salted_hmac("outbox.bad-address", spelling, secret=key, algorithm="sha256").hexdigest()


def _spell(address: str) -> str:
    """Write exämple.org as it leaves, and as a provider names it when it comes back: xn--exmple-cua.org."""
    mailbox, at, domain = address.strip().casefold().rpartition("@")
    with suppress(UnicodeError):
        domain = punycode(domain)
    return f"{mailbox}{at}{domain}"


def refuse_bounced(addresses: Iterable[str]) -> None:
    """Raise AddressBounced where one of them is marked. One query."""
    if _find(addresses).exists():
        raise AddressBounced


def mark(address: str, *, reason: BadAddress.Reason, message: OutboxMessage | None) -> None:
    """Send nothing more to this address. The first reason is kept."""
    BadAddress.objects.get_or_create(
        address_hash=hash_address(address), defaults={"reason": reason, "message": message}
    )


def lift(addresses: Iterable[str]) -> bool:
    """Let mail go there again. False: none of them was marked."""
    deleted, _by_model = _find(addresses).delete()
    return bool(deleted)


def _find(addresses: Iterable[str]) -> QuerySet[BadAddress]:
    # What was marked before the key changed stays marked.
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    hashes = {hash_address(address, key=key) for address in addresses for key in keys}
    return BadAddress.objects.filter(address_hash__in=hashes)
