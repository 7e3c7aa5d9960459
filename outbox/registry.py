"""How each kind of message is composed. The apps that own the kinds register them in `ready()`."""

from collections.abc import Callable

from django.core.mail import EmailMessage

from outbox.models import OutboxMessage

Compose = Callable[[OutboxMessage], EmailMessage]


class Superseded(Exception):
    """Raised by a compose function when the message is no longer true or has nobody to go to."""


class UnknownKind(LookupError):
    """Nothing is registered for this kind."""


_composers: dict[str, Compose] = {}


def register(kind: str, compose: Compose) -> None:
    """Let `compose` turn messages of this kind into mail, at send time and outside any transaction.

    It may run several times for one message (a try that failed), in any worker.
    """
    if _composers.setdefault(kind, compose) is not compose:
        raise ValueError(f"The message kind {kind} is registered already.")


def compose_for(kind: str) -> Compose:
    try:
        return _composers[kind]
    except KeyError:
        raise UnknownKind(kind) from None
