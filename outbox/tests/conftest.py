from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from outbox import queue
from outbox.models import OutboxMessage
from outbox.tests import kinds  # noqa: F401 (registers the kinds)
from outbox.tests.sink import Sink, running_sink


@pytest.fixture
def sink(settings) -> Iterator[Sink]:
    """A mail server that Django sends to."""
    with running_sink() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = sink.port
        yield sink


@pytest.fixture(autouse=True)
def forgotten_broker(monkeypatch) -> None:
    """No test inherits the belief that the broker is down."""
    monkeypatch.setattr(queue, "_broker_down_until", 0.0)


@pytest.fixture
def make_message(db, now) -> Callable[..., OutboxMessage]:
    """A row as it stands in the outbox, each about another subject, due at `now`."""
    subjects = count(1)

    def make(kind: str = "test.note", **fields: Any) -> OutboxMessage:
        defaults = {"subject_id": next(subjects), "version": 1, "recipient": "patient", "send_at": now}
        return OutboxMessage.objects.create(kind=kind, **{**defaults, **fields})

    return make


@pytest.fixture
def now() -> datetime:
    return timezone.now()
