"""A manage link is a secret that stands in a path: no log line holds one, whatever goes wrong."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from booking import actions, links
from booking.models import Appointment


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the console handler of the settings writes."""
    [handler] = [handler for handler in logging.getLogger().handlers if handler.get_name() == "console"]
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


def fail_with(error: Exception) -> Any:
    def action(**arguments: Any) -> None:
        raise error

    return action


@pytest.mark.parametrize(
    ("failure", "status", "words"),
    [
        (None, 403, "Forbidden"),
        (actions.Busy(), 503, "Service Unavailable"),
        (RuntimeError("a bug"), 500, "RuntimeError"),
    ],
)
def test_log_of_a_failure_has_no_manage_link(
    visit: Appointment,
    log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    failure: Exception | None,
    status: int,
    words: str,
) -> None:
    token = links.issue(visit)
    client = Client(enforce_csrf_checks=failure is None, raise_request_exception=False)
    if failure is not None:
        monkeypatch.setattr(actions, "cancel", fail_with(failure))

    response = client.post(reverse("visits:cancel", args=[token]))

    assert response.status_code == status
    assert words in log.getvalue()
    assert "/visits/…/cancel/" in log.getvalue()
    assert token not in log.getvalue()


def test_log_of_a_database_error_has_no_row(
    visit: Appointment, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = IntegrityError("Failing row contains (7, Ellis, cramps)")
    monkeypatch.setattr(actions, "cancel", fail_with(row))
    client = Client(raise_request_exception=False)

    client.post(reverse("visits:cancel", args=[links.issue(visit)]))

    assert "IntegrityError" in log.getvalue()
    assert "in action" in log.getvalue()
    assert "Ellis" not in log.getvalue()


def test_a_line_whose_arguments_do_not_fit_is_written_without_them(log: io.StringIO) -> None:
    logging.getLogger("booking").error("%d tries by %s", "/visits/a-secret/")

    assert "tries by %s (with arguments that do not fit)" in log.getvalue()
    assert "a-secret" not in log.getvalue()
