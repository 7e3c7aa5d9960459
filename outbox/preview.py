"""A message as it would leave now, for somebody who looks. Nothing is sent and nothing stays written."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import translation

from outbox.deliver import compose
from outbox.inbox import Mail
from outbox.models import OutboxMessage
from outbox.registry import find_kind, previewing


class NoSample(LookupError):
    """Nobody has said yet what a message of this kind may look like."""


@contextmanager
def undone() -> Iterator[None]:
    """A transaction that never was: looking at a mail must not leave anything behind."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def compose_preview(message: OutboxMessage) -> EmailMessage:
    """Raises what composing raises: Superseded, UnknownKind, NoRecipients, or an error in a template."""
    with previewing(), undone():
        return compose(message)


def preview(message: OutboxMessage) -> Mail:
    """Return the mail taken apart, as mailboxes will. Raises as compose_preview does."""
    return _take_apart(compose_preview(message))


def preview_sample(kind: str, *, language: str = settings.LANGUAGE_CODE) -> Mail:
    """Return a mail of this kind to somebody made up who reads `language`, a code of settings.LANGUAGES.

    A kind that is written in one language only is in that. Raises NoSample, and as compose_preview does.
    """
    sample = find_kind(kind).sample
    if sample is None:
        raise NoSample(kind)
    with undone(), translation.override(language):
        return preview(sample())


def _take_apart(email: EmailMessage) -> Mail:
    return Mail("", message_from_bytes(email.message().as_bytes(), policy=policy.default))
