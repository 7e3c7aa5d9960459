"""What is known of each kind of message. The apps that own the kinds register them in `ready()`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.core.mail import EmailMessage
from django.db.models import Q, QuerySet

from outbox.models import OutboxMessage, OutboxQuerySet

Compose = Callable[[OutboxMessage], EmailMessage]
MakeSample = Callable[[], OutboxMessage]
# Who looks → the keys of the subjects that they may see; None for all of them.
ListSubjects = Callable[[Any], "QuerySet[Any] | None"]


class Superseded(Exception):
    """Raised by a compose function when the message is no longer true or has nobody to go to."""


class UnknownKind(LookupError):
    """Nothing is registered for this kind."""


@dataclass(frozen=True)
class Kind:
    compose: Compose
    sample: MakeSample | None
    reader: str
    subjects: ListSubjects | None


_kinds: dict[str, Kind] = {}
_is_preview = ContextVar("outbox_is_preview", default=False)


def register(
    kind: str,
    compose: Compose,
    *,
    sample: MakeSample | None = None,
    reader: str = "",
    subjects: ListSubjects | None = None,
) -> None:
    """Let `compose` turn messages of this kind into mail, at send time and outside any transaction.

    It may run several times for one message (a try that failed), in any worker; and for somebody who
    only looks, where `is_preview()` says so and whatever it writes is undone.

    `sample` makes a message of made-up people, and the rows that it is about, for the gallery; all of
    it is undone afterwards. `reader` is the permission that lets staff read mails of this kind, for
    example "app.view_person"; without one only superusers may. `subjects` narrows down whose mails of this
    kind somebody sees at all.
    """
    known = _kinds.setdefault(kind, Kind(compose, sample, reader, subjects))
    if known.compose is not compose:
        raise ValueError(f"The message kind {kind} is registered already.")


def compose_for(kind: str) -> Compose:
    return find_kind(kind).compose


def find_kind(kind: str) -> Kind:
    """Raises UnknownKind."""
    try:
        return _kinds[kind]
    except KeyError:
        raise UnknownKind(kind) from None


def list_kinds() -> list[str]:
    """Return the names of all kinds, in the order in which their apps registered them."""
    return list(_kinds)


def narrow_down(messages: OutboxQuerySet, *, user: Any) -> OutboxQuerySet:
    """Leave out the messages about what `user` may not see."""
    for name, kind in _kinds.items():
        visible = kind.subjects(user) if kind.subjects is not None else None
        if visible is not None:
            messages = messages.exclude(Q(kind=name) & ~Q(subject_id__in=visible))
    return messages


def is_preview() -> bool:
    """Whether somebody only looks at the mail: then it holds nothing that opens a door, such as a link."""
    return _is_preview.get()


@contextmanager
def previewing() -> Iterator[None]:
    token = _is_preview.set(True)
    try:
        yield
    finally:
        _is_preview.reset(token)
