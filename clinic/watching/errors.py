"""Errors to Sentry, where SENTRY_DSN is set: which error, where in the code, in which request. Nothing else.

An error's words quote what somebody typed, a frame's variables are patients, and the address holds a link.
So an event is made anew from what we know to be ours, instead of taking out what is known to be dangerous.
"""

import logging
from typing import Any

import sentry_sdk
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.logging import LoggingIntegration, ignore_logger
from sentry_sdk.types import Event, Hint

from clinic.watching.following import request_id, task_name

KEPT = ("event_id", "timestamp", "platform", "level", "logger", "release", "environment")
KEPT_OF_FRAMES = ("filename", "function", "module", "lineno", "in_app")


def report_errors(dsn: str, *, environment: str, **options: Any) -> None:
    """Send what is logged as an error. Raises BadDsn for an address that is none."""
    # Anybody may make one, by asking for a host that is not ours.
    ignore_logger("django.security.DisallowedHost")
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        before_send=keep_what_is_ours,
        # Django and Celery log each error that nobody caught; their own integrations would read
        # requests, addresses and arguments besides.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[LoggingIntegration(level=None, event_level=logging.ERROR), DedupeIntegration()],
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        **options,
    )


def keep_what_is_ours(event: Event, hint: Hint) -> Event | None:
    """Return the event with our own facts; None where no error is behind it."""
    if not hint.get("exc_info"):
        return None
    kept: Any = {name: event[name] for name in KEPT if name in event}  # type: ignore[literal-required]
    kept["exception"] = {
        "values": [
            {
                "type": value.get("type"),
                "module": value.get("module"),
                "stacktrace": {
                    "frames": [
                        {name: frame[name] for name in KEPT_OF_FRAMES if name in frame}
                        for frame in (value.get("stacktrace") or {}).get("frames", [])
                    ]
                },
            }
            for value in event.get("exception", {}).get("values", [])
        ]
    }
    kept["tags"] = {"request_id": request_id.get(), "task": task_name.get()}
    return kept
