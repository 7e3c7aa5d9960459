"""Mails read back as a mail program does, and the files that they are compared with."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from booking.mail.kinds import KINDS
from outbox.models import OutboxMessage

EXPECTED = Path(__file__).parent / "expected"
LINK = re.compile(r"http://127\.0\.0\.1:8000/visits/([\w-]{43})/")


def compose_message(message: OutboxMessage) -> EmailMessage:
    return message_from_bytes(KINDS[message.kind](message).message().as_bytes(), policy=policy.default)


def read_part(email: EmailMessage, kind: str) -> str:
    [part] = [part for part in email.walk() if part.get_content_type() == kind]
    return part.get_content().replace("\r\n", "\n")


def read_preheader(email: EmailMessage) -> str:
    [preheader] = re.findall(r'<div class="preheader"[^>]*>(.*?)</div>', read_part(email, "text/html"))
    return preheader


def tell(email: EmailMessage) -> str:
    """Subject and text, with the links made the same every time."""
    text = LINK.sub("http://127.0.0.1:8000/visits/TOKEN/", read_part(email, "text/plain"))
    return f"Subject: {email['Subject']}\n\n{text}"


def expected(name: str) -> str:
    return (EXPECTED / f"{name}.txt").read_text()
