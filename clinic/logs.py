"""What the log must not tell: manage links, and rows that a database prints into its errors."""

import logging
import re
import traceback
from types import TracebackType

from django.db import Error as DatabaseError

VISIT_LINK = re.compile(r"/visits/[^/\s?]+")
STAFF_LINK = re.compile(r"/staff/(invitation|password/reset)/[^/\s?]+")


class HideVisitLinks(logging.Filter):
    """A link to a visit or to a new password is a secret in a path, and Django logs paths that went wrong."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = STAFF_LINK.sub(r"/staff/\1/…", VISIT_LINK.sub("/visits/…", record.getMessage()))
        record.args = ()
        return True


class QuietFormatter(logging.Formatter):
    """Says where a database error happened, not its words.

    PostgreSQL writes the whole row into them: "Failing row contains (…)", names and reasons included.
    """

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        chain = walk_causes(ei[1])
        if not any(isinstance(error, DatabaseError) for error in chain):
            return super().formatException(ei)
        parts = ["".join(traceback.format_tb(error.__traceback__)) + type(error).__name__ for error in chain]
        return "\n".join(reversed(parts))


def walk_causes(error: BaseException | None) -> list[BaseException]:
    """Return the error and what it came from, the latest first."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain
