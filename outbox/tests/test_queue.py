"""Into the outbox: with the change, once, and without making anybody wait."""

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import redis
import time_machine
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from clinic.processes import find_free_port, stop_children
from clinic.valkey import start_valkey
from outbox.deliver import MAX_TRIES, claim, deliver
from outbox.models import OutboxMessage, State
from outbox.queue import BROKER_PAUSE_SECONDS, Message, enqueue, enqueue_all, send_again, stop, take_up_again


def enqueue_note(*, subject_id: int = 1, send_at: datetime | None = None) -> OutboxMessage:
    return enqueue(kind="test.note", subject_id=subject_id, version=1, recipient="patient", send_at=send_at)


@pytest.fixture
def broker(valkey, monkeypatch) -> redis.Redis:
    """The real broker, empty, where enqueuing publishes to."""
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", valkey)
    client = redis.Redis.from_url(valkey)
    client.flushdb()
    return client


@pytest.fixture
def dead_broker(monkeypatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", f"redis://127.0.0.1:{find_free_port()}/0")


@pytest.fixture
def hung_broker(tmp_path, monkeypatch) -> Iterator[None]:
    """A broker that accepts connections and never says a word."""
    port = find_free_port()
    server = start_valkey(folder=tmp_path, port=port)
    server.send_signal(signal.SIGSTOP)
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", f"redis://127.0.0.1:{port}/0")
    yield
    stop_children(server, how=signal.SIGKILL)


@pytest.fixture
def clerk(db):
    return get_user_model().objects.create_user("clerk")


@pytest.mark.django_db(transaction=True)
def test_enqueue_outside_a_transaction_is_refused():
    with pytest.raises(transaction.TransactionManagementError):
        enqueue_note()

    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_enqueue_is_undone_with_its_transaction(broker):
    with transaction.atomic():
        enqueue_note()
        transaction.set_rollback(True)

    assert not OutboxMessage.objects.exists()
    assert broker.llen("celery") == 0


@pytest.mark.django_db(transaction=True)
def test_message_that_breaks_a_rule_is_refused_aloud_and_the_same_one_twice_is_one():
    with pytest.raises(IntegrityError), transaction.atomic():
        enqueue_all([Message(kind="test.note", subject_id=1, version=1, recipient="an@address")])
    with transaction.atomic():
        note = Message(kind="test.note", subject_id=1, version=1, recipient="patient")
        enqueue_all([note, note])
        enqueue_all([note])

    assert OutboxMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_enqueue_publishes_the_id_after_the_commit_and_nothing_else(broker):
    with transaction.atomic():
        message = enqueue_note()
        before_commit = broker.llen("celery")

    [published] = broker.lrange("celery", 0, -1)
    assert before_commit == 0
    assert f'"argsrepr": "({message.pk},)"'.encode() in published
    assert b"person" not in published


def test_enqueue_again_gives_the_first_row_and_leaves_the_transaction_usable(db, now):
    first = enqueue_note()

    second = enqueue_note(send_at=now + timedelta(days=1))

    assert (second, second.send_at) == (first, first.send_at)
    assert OutboxMessage.objects.get() == first


@pytest.mark.django_db(transaction=True)
def test_enqueue_by_many_at_once_writes_one_row(dead_broker):
    together = threading.Barrier(4)

    def enqueue_beside_others(_: int) -> int:
        try:
            together.wait()
            with transaction.atomic():
                return enqueue_note().pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(enqueue_beside_others, range(4)))

    assert keys == {OutboxMessage.objects.get().pk}


@pytest.mark.django_db(transaction=True)
def test_enqueue_for_later_publishes_nothing(broker, now):
    with transaction.atomic():
        message = enqueue_note(send_at=now + timedelta(days=1))

    assert message.send_at == now + timedelta(days=1)
    assert broker.llen("celery") == 0


@pytest.mark.django_db(transaction=True)
def test_enqueue_with_a_dead_broker_keeps_the_row_and_costs_the_next_nothing(dead_broker, caplog):
    with transaction.atomic():
        enqueue_note()
    start = time.perf_counter()
    with transaction.atomic():
        enqueue_note(subject_id=2)
    seconds = time.perf_counter() - start

    warnings = [record for record in caplog.records if record.name == "outbox.queue"]
    assert OutboxMessage.objects.filter(state=State.QUEUED).count() == 2
    assert len(warnings) == 1
    assert seconds < 0.2


@pytest.mark.django_db(transaction=True)
def test_enqueue_with_a_broker_that_hangs_takes_less_than_three_seconds(hung_broker):
    start = time.perf_counter()

    with transaction.atomic():
        enqueue_note()

    seconds = time.perf_counter() - start
    assert 0.5 < seconds < 3
    assert OutboxMessage.objects.get().state == State.QUEUED


@pytest.mark.django_db(transaction=True)
def test_broker_is_asked_again_after_a_pause(dead_broker, valkey, monkeypatch):
    with transaction.atomic():
        enqueue_note()
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", valkey)
    client = redis.Redis.from_url(valkey)
    client.flushdb()
    later = time.monotonic() + BROKER_PAUSE_SECONDS
    monkeypatch.setattr("outbox.queue.time.monotonic", lambda: later)

    with transaction.atomic():
        enqueue_note(subject_id=2)

    assert client.llen("celery") == 1


@pytest.mark.parametrize("state", [State.DEAD, State.STOPPED])
def test_send_again_gives_fresh_tries(sink, make_message, clerk, dead_broker, state):
    message = make_message(state=state, attempts=MAX_TRIES, last_error="SMTPDataError 554")

    done = send_again(message, by=clerk)
    deliver(message.pk)

    message.refresh_from_db()
    assert done
    assert (message.state, message.attempts, message.last_error) == (State.SENT, 1, "")
    assert len(sink.mails) == 1


def test_send_again_after_a_while_sends_a_copy_that_mailboxes_show(sink, make_message, clerk, dead_broker):
    message = make_message()
    deliver(message.pk)

    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        done = send_again(message, by=clerk)
        deliver(message.pk)

    first, second = sink.mails
    assert done
    assert first["Message-ID"] != second["Message-ID"]


def test_send_again_twice_quickly_sends_once(sink, make_message, clerk, dead_broker):
    message = make_message(state=State.DEAD)

    first = send_again(message, by=clerk)
    second_while_waiting = send_again(message, by=clerk)
    deliver(message.pk)
    third_after_it_left = send_again(message, by=clerk)
    deliver(message.pk)

    assert (first, second_while_waiting, third_after_it_left) == (True, False, False)
    assert len(sink.mails) == 1


@pytest.mark.parametrize("state", [State.QUEUED, State.DROPPED])
def test_send_again_leaves_what_waits_or_is_superseded(make_message, clerk, state):
    message = make_message(state=state)

    assert not send_again(message, by=clerk)


def test_send_again_leaves_what_is_being_sent(make_message, clerk, now):
    message = make_message()
    claim(message.pk, now=now)

    assert not send_again(message, by=clerk)


@pytest.mark.parametrize("state", [State.QUEUED, State.DEAD])
def test_stop_keeps_a_message_from_leaving(sink, make_message, clerk, state):
    message = make_message(state=state)

    done = stop(message, by=clerk)
    deliver(message.pk)

    message.refresh_from_db()
    assert (done, message.state, sink.mails) == (True, State.STOPPED, [])


def test_stop_comes_too_late_for_what_is_being_sent(make_message, clerk, now):
    message = make_message()
    claim(message.pk, now=now)

    assert not stop(message, by=clerk)


def test_take_up_again_sends_what_was_dropped_and_leaves_what_has_left(sink, make_message, dead_broker, now):
    dropped = make_message(state=State.DROPPED, attempts=1)
    has_left = make_message(state=State.DROPPED, sent_at=now)

    for message in (dropped, has_left):
        take_up_again(kinds=["test.note"], subject_id=message.subject_id, version=1, since=now)
        take_up_again(kinds=["test.note"], subject_id=message.subject_id, version=2, since=now)
        deliver(message.pk)
        message.refresh_from_db()

    assert (dropped.state, dropped.attempts) == (State.SENT, 1)
    assert has_left.state == State.DROPPED
    assert len(sink.mails) == 1
