"""What the log must not tell: secret links, and the words of errors, which quote what somebody typed."""

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

# The rest of the path belongs to the secret: whoever mistypes a link may put a slash into it.
VISIT_LINK = re.compile(r"/visits/[^\s?\"']+")
VISIT_PAGES = re.compile(
    r"/(?:come|move|cancel|earlier|earlier/leave|offer|waitlist|waitlist/answer|waitlist/change|waitlist/leave"
    r"|invite\.ics|reminders)?/?$"
)
STAFF_LINK = re.compile(r"/staff/(invitation|password/reset)/[^/\s?]+")
DRAFT_LINK = re.compile(r"/learn/draft/[^/\s?]+")
# Errors of ours, and of the machine: their words come from the code and not from a form.
OWN_WORDS = (ImproperlyConfigured, CommandError, ImportError, NameError, AttributeError, RecursionError)

# The one logger whose extras are written, and those of them.
REQUESTS = "clinic.requests"
OF_REQUESTS = ("method", "view", "status", "ms")


class HideVisitLinks(logging.Filter):
    """A link to a visit or to a new password is a secret in a path, and Django logs paths that went wrong."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            # A line must not end the request that writes it. The arguments may be secrets.
            message = f"{record.msg} (with arguments that do not fit)"
        message = hide_words(message, record.exc_info[1] if record.exc_info else None)
        message = VISIT_LINK.sub(hide_visit, message)
        record.msg = DRAFT_LINK.sub("/learn/draft/…", STAFF_LINK.sub(r"/staff/\1/…", message))
        record.args = ()
        return True


def hide_visit(link: re.Match[str]) -> str:
    """Keep of the path what we named ourselves."""
    page = VISIT_PAGES.search(link[0].removeprefix("/visits"))
    return f"/visits/…{page[0] if page else ''}"


def hide_words(message: str, error: BaseException | None) -> str:
    """Celery writes an error's words into the line as well: leave its name there."""
    for cause in walk_causes(error):
        if not isinstance(cause, OWN_WORDS):
            for words in (repr(cause), str(cause)):
                if words.strip():
                    message = message.replace(words, type(cause).__name__)
    return message


class QuietFormatter(logging.Formatter):
    """Says what kind of error happened and where, not its words.

    PostgreSQL writes the whole row into them: "Failing row contains (…)", names and reasons included. A mail
    server writes the address, Python the text that was no number.
    """

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        return "\n".join(reversed([describe_error(error) for error in walk_causes(ei[1])]))


class JsonFormatter(QuietFormatter):
    """One object a line, with these names only: Django puts the request itself among a record's extras."""

    def format(self, record: logging.LogRecord) -> str:
        from clinic.watching.following import request_id, task_name

        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id.get(),
        }
        if task_name.get():
            line["task"] = task_name.get()
        if record.name == REQUESTS:
            line |= {name: getattr(record, name, None) for name in OF_REQUESTS}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def describe_error(error: BaseException) -> str:
    words = f": {error}" if isinstance(error, OWN_WORDS) else ""
    return "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__ + words


def walk_causes(error: BaseException | None) -> list[BaseException]:
    """Return the error and what it came from, the latest first."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain
