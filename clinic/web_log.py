"""What gunicorn itself logs, by the rules of all other logs."""

import logging
from typing import Any

from gunicorn.glogging import Logger

from clinic.logs import HideVisitLinks, QuietFormatter

UNREADABLE = "Invalid request from"


class HideRequests(logging.Filter):
    """gunicorn quotes what it cannot read: a line, or a field with somebody's cookie."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.getMessage().startswith(UNREADABLE):
            record.msg, record.args = "A request was refused: it is not HTTP as we speak it.", ()
        return True


class QuietLogger(Logger):
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(QuietFormatter(self.error_fmt, self.datefmt))
            handler.addFilter(HideRequests())
            handler.addFilter(HideVisitLinks())
