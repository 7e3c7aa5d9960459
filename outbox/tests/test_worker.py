"""The promise, with everything real: nothing is lost, and at most one extra copy leaves per crash.

Mail server, broker, Celery workers and beats run as in production; only the lease and the
beat are quicker (see worker_app), so that a dead worker's message comes back within the test.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.db import transaction

from outbox.models import OutboxMessage, State
from outbox.queue import enqueue, kick
from outbox.tests.clockwork import Clockwork

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clockwork(sink, tmp_path, monkeypatch) -> Iterator[Clockwork]:
    with Clockwork(folder=tmp_path, sink=sink) as clockwork:
        monkeypatch.setenv("CELERY_BROKER_WRITE_URL", clockwork.broker_url)
        yield clockwork


def enqueue_notes(number: int, *, extra_kicks: int = 0) -> list[OutboxMessage]:
    """So many messages, each in a transaction of its own, the extra kicks right behind the first."""
    messages = []
    for subject_id in range(number):
        with transaction.atomic():
            message = enqueue(kind="test.note", subject_id=subject_id, version=1, recipient="patient")
        for _ in range(extra_kicks):
            kick(message.pk)
        messages.append(message)
    return messages


def wait_until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.05)


def all_are_sent() -> bool:
    return not OutboxMessage.objects.exclude(state=State.SENT).exists()


def test_kick_alone_sends_the_mail_once(sink, clockwork):
    clockwork.start_broker()
    clockwork.start_worker()

    [message] = enqueue_notes(1)

    wait_until(all_are_sent)
    assert sink.copies() == {message.message_id: 1}


def test_mail_leaves_when_the_broker_comes_back(sink, clockwork):
    start = time.perf_counter()
    messages = enqueue_notes(3)
    seconds = time.perf_counter() - start

    clockwork.start_worker()
    clockwork.start_beat()
    clockwork.start_broker()

    wait_until(all_are_sent)
    assert seconds < 3
    assert sink.copies() == {message.message_id: 1 for message in messages}


def test_mail_leaves_when_the_broker_lost_a_full_queue(sink, clockwork):
    broker = clockwork.start_broker()
    messages = enqueue_notes(20)
    queued = clockwork.queue_length()
    clockwork.kill(broker)
    clockwork.wipe_broker()

    clockwork.start_broker()
    clockwork.start_worker()
    clockwork.start_beat()

    wait_until(all_are_sent)
    assert queued == 20
    assert sink.copies() == {message.message_id: 1 for message in messages}


def test_workers_that_are_killed_lose_nothing_and_repeat_at_most_what_they_held(sink, clockwork):
    kills = 3
    sink.seconds_for_data = 0.2
    clockwork.start_broker()
    clockwork.start_beat()
    messages = enqueue_notes(24)

    for _ in range(kills):
        worker = clockwork.start_worker()
        before = len(sink.mails)
        wait_until(partial(sink.has_more_than, before + 3))
        wait_until(lambda: OutboxMessage.objects.filter(state=State.SENDING).exists())
        clockwork.kill(worker)
    clockwork.start_worker()

    wait_until(all_are_sent)
    copies = sink.copies()
    assert set(copies) == {message.message_id for message in messages}
    assert copies.total() <= len(messages) + kills
    assert max(copies.values()) <= 1 + kills


def test_doubled_workers_beats_and_kicks_send_one_copy_each_through_a_deploy(sink, clockwork):
    sink.seconds_for_data = 0.1
    clockwork.start_broker()
    old_workers = [clockwork.start_worker(), clockwork.start_worker()]
    clockwork.start_beat()
    clockwork.start_beat()
    wait_until(partial(clockwork.has_idle_workers, 2))

    messages = enqueue_notes(40, extra_kicks=2)
    wait_until(partial(sink.has_more_than, 20))
    new_worker = clockwork.start_worker()
    clockwork.finish(*old_workers)

    wait_until(all_are_sent)
    wait_until(lambda: clockwork.queue_length() == 0)
    clockwork.finish(new_worker)
    assert sink.copies() == {message.message_id: 1 for message in messages}
