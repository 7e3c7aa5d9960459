"""One connection to the mail server for many mails."""

import logging
import smtplib
from contextlib import suppress
from types import TracebackType
from typing import Self

from django.core.mail import EmailMessage, get_connection

logger = logging.getLogger(__name__)


class NotOpened(Exception):
    """The mail server was not reached, or did not let us in; `__cause__` says why. No mail is to blame."""


class KeptConnection:
    """Opened for the first mail, and anew after every error. Not for several threads at once.

    An error in the middle of a mail is the caller's to judge: trying the same mail again here, over
    a new connection, could send it twice.
    """

    def __init__(self) -> None:
        self.backend = get_connection()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, email: EmailMessage) -> None:
        """Raises NotOpened, or whatever goes wrong with the mail itself."""
        self._drop_if_gone()
        try:
            self.backend.open()
        except Exception as error:
            self.close()
            raise NotOpened from error
        try:
            email.connection = self.backend
            email.send()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        # What has been accepted stays accepted, however the goodbye goes.
        try:
            self.backend.close()
        except Exception as error:
            logger.info("The mail connection did not close well: %s", type(error).__name__)

    def _drop_if_gone(self) -> None:
        """Servers end connections after a while or a number of mails: no mail's fault, and not its try."""
        smtp = getattr(self.backend, "connection", None)
        if isinstance(smtp, smtplib.SMTP):
            code = 0
            with suppress(OSError):
                code, _answer = smtp.noop()
            if code != 250:
                self.close()
