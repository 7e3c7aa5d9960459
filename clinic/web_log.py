"""What gunicorn itself logs, by the rules of all other logs."""

import logging
import os
from typing import Any

from django.conf import settings
from gunicorn.glogging import Logger

from clinic.logs import HideVisitLinks, JsonFormatter, QuietFormatter

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
        formatter = JsonFormatter() if is_json() else QuietFormatter(self.error_fmt, self.datefmt)
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter)
            handler.addFilter(HideRequests())
            handler.addFilter(HideVisitLinks())


def is_json() -> bool:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    return bool(settings.LOG_FORMAT == "json")
