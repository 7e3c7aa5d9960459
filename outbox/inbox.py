"""The local inbox: while developing, mail is written to DATA_DIR/inbox instead of being sent.

One .eml file a mail, from the web process, the worker and commands alike; /inbox/ shows them.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_binary_file, policy
from email.message import EmailMessage as ParsedMail
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

# Names sort by time. Nothing else is ever opened, so no name can lead out of the folder.
FILE_NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}\.eml", re.ASCII)
CALENDAR_TYPES = ("text/calendar", "application/ics")


def inbox_folder() -> Path:
    return Path(settings.DATA_DIR) / "inbox"


class InboxBackend(BaseEmailBackend):
    """Django mail backend that keeps each mail as a file."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = inbox_folder()
        folder.mkdir(parents=True, exist_ok=True)
        for email in email_messages:
            name = f"{timezone.now():%Y%m%dT%H%M%S%f}-{uuid4().hex[:8]}.eml"
            unfinished = folder / f".{name}.part"
            unfinished.write_bytes(email.message().as_bytes())
            # The rename is atomic: whoever lists the folder meanwhile never sees half a mail.
            os.replace(unfinished, folder / name)
        return len(email_messages)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of the inbox, taken apart."""

    name: str
    parsed: ParsedMail

    @property
    def sent_at(self) -> datetime:
        return datetime.strptime(f"{self.name[:21]}+0000", "%Y%m%dT%H%M%S%f%z")

    @property
    def subject(self) -> str:
        return str(self.parsed["Subject"] or "")

    @property
    def sender(self) -> str:
        return str(self.parsed["From"] or "")

    @property
    def language(self) -> str:
        return str(self.parsed["Content-Language"] or "")

    @property
    def recipients(self) -> str:
        return str(self.parsed["To"] or "")

    @property
    def text(self) -> str:
        body = self.parsed.get_body(("plain",))
        return body.get_content() if body else ""

    @property
    def html(self) -> str:
        body = self.parsed.get_body(("html",))
        return body.get_content() if body else ""

    @property
    def calendars(self) -> list[str]:
        """The text of each .ics part, whether shown by the mail program or attached."""
        parts = [part for part in self.parsed.walk() if part.get_content_type() in CALENDAR_TYPES]
        payloads = [part.get_payload(decode=True) for part in parts]
        return [payload.decode("utf-8", "replace") for payload in payloads if isinstance(payload, bytes)]

    @property
    def attachments(self) -> list[str]:
        return [part.get_filename() or part.get_content_type() for part in self.parsed.iter_attachments()]


def list_mails(*, limit: int) -> Iterator[Mail]:
    """The newest mails first."""
    folder = inbox_folder()
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    for name in sorted(filter(FILE_NAME.fullmatch, names), reverse=True)[:limit]:
        yield read_mail(name)


def read_mail(name: str) -> Mail:
    """Raises FileNotFoundError when there is no mail of that name."""
    with path_of(name).open("rb") as file:
        return Mail(name, message_from_binary_file(file, policy=policy.default))


def path_of(name: str) -> Path:
    """Raises FileNotFoundError for whatever is not the name of a mail."""
    path = inbox_folder() / name
    if not FILE_NAME.fullmatch(name) or not path.is_file():
        raise FileNotFoundError(name)
    return path
