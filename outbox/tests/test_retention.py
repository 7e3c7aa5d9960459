"""What the outbox forgets, and what it keeps."""

from datetime import timedelta

import pytest

from outbox import retention
from outbox.models import OutboxMessage, State


@pytest.fixture
def make_old(make_message, now):
    """A row that was last touched so many days ago."""

    def make(state: State, *, days: int) -> OutboxMessage:
        message = make_message(state=state, sent_at=now - timedelta(days=days))
        OutboxMessage.objects.filter(pk=message.pk).update(updated_at=now - timedelta(days=days))
        return message

    return make


def test_purge_deletes_what_is_finished_and_old(make_old, now, monkeypatch, settings):
    settings.OUTBOX_RETENTION_DAYS = 90
    monkeypatch.setattr(retention, "BATCH", 2)
    for state in (State.SENT, State.DROPPED, State.STOPPED):
        make_old(state, days=91)
    kept = [make_old(State.SENT, days=89), make_old(State.DEAD, days=400), make_old(State.QUEUED, days=400)]

    deleted = retention.purge(now=now)

    assert deleted == 3
    assert list(OutboxMessage.objects.order_by("pk")) == kept


def test_purge_follows_the_setting(make_old, now, settings):
    settings.OUTBOX_RETENTION_DAYS = 7
    make_old(State.SENT, days=8)

    assert retention.purge(now=now) == 1
