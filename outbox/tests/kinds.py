"""Message kinds of the tests. The worker processes register them too: see worker_app."""

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import OperationalError

from outbox.models import BadAddress, OutboxMessage
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


def compose_letter(message: OutboxMessage) -> EmailMultiAlternatives:
    """Text, HTML with colors for dark, and a calendar; made for its reader, it writes a row."""
    BadAddress.objects.create(address_hash=f"written by composing {message.pk}", reason="bounced")
    email = EmailMultiAlternatives(
        f"Letter {message.subject_id}", "Good <b>morning</b>.", to=[address_of(message)]
    )
    color = "@media (prefers-color-scheme: dark) { p { color: white } }"
    email.attach_alternative(f"<html><head><style>{color}</style></head><p>Morning</p></html>", "text/html")
    email.attach("invite.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar")
    return email


def sample_letter() -> OutboxMessage:
    return OutboxMessage.objects.create(kind="test.letter", subject_id=7, version=1, recipient="patient")


def sample_broken() -> OutboxMessage:
    raise KeyError(SECRET)


register("test.note", compose_note)
register("test.letter", compose_letter, sample=sample_letter, reader="auth.view_user")
register("test.elsewhere", compose_elsewhere)
register("test.superseded", compose_superseded, reader="auth.view_user")
register("test.broken", compose_broken, sample=sample_broken, reader="auth.view_user")
register("test.without-database", compose_without_database)
register("test.for-nobody", compose_for_nobody)
register("test.injected", compose_injected)
