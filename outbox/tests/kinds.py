"""Message kinds of the tests. The worker processes register them too: see worker_app."""

from django.core.mail import EmailMessage
from django.db import OperationalError

from outbox.models import OutboxMessage
from outbox.registry import Superseded, register

SECRET = "Ada Example, ada@example.org"


def address_of(message: OutboxMessage) -> str:
    return f"person-{message.subject_id}@example.org"


def compose_note(message: OutboxMessage) -> EmailMessage:
    return EmailMessage(f"Note {message.subject_id}", "Good morning.", to=[address_of(message)])


def compose_elsewhere(message: OutboxMessage) -> EmailMessage:
    return EmailMessage(f"Note {message.subject_id}", "Good morning.", to=["ada@elsewhere.example.org"])


def compose_superseded(message: OutboxMessage) -> EmailMessage:
    raise Superseded


def compose_broken(message: OutboxMessage) -> EmailMessage:
    raise KeyError(SECRET)


def compose_without_database(message: OutboxMessage) -> EmailMessage:
    raise OperationalError(SECRET)


def compose_for_nobody(message: OutboxMessage) -> EmailMessage:
    return EmailMessage("Note", "Good morning.", to=[])


def compose_injected(message: OutboxMessage) -> EmailMessage:
    return EmailMessage("Note\nBcc: thief@example.org", "Good morning.", to=[address_of(message)])


register("test.note", compose_note)
register("test.elsewhere", compose_elsewhere)
register("test.superseded", compose_superseded)
register("test.broken", compose_broken)
register("test.without-database", compose_without_database)
register("test.for-nobody", compose_for_nobody)
register("test.injected", compose_injected)
