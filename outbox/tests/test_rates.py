"""How many mails leave in a minute: shared by all workers, in order, and no mail's fault."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from outbox import rates
from outbox.deliver import deliver, sweep
from outbox.models import MinuteCount, OutboxMessage, State

MINUTE = timedelta(minutes=1)


@pytest.fixture
def now() -> datetime:
    """A minute has just begun, so that no test meets its end."""
    return datetime(2026, 11, 23, 14, 0, 1, tzinfo=UTC)


@pytest.fixture
def clock(now) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(now, tick=False) as clock:
        yield clock


def subjects(sink) -> list[str]:
    return [mail["Subject"] for mail in sink.mails]


def test_no_limit_costs_no_query(sink, make_message, now, django_assert_num_queries):
    with django_assert_num_queries(0):
        room = rates.has_room(now=now)
        rates.take_place(["ada@example.org"], now=now)

    assert room


def test_overall_limit_leaves_the_rest_as_it_is_until_the_next_minute(sink, make_message, settings, clock):
    settings.MAIL_PER_MINUTE = 2
    messages = [make_message() for _ in range(5)]

    sweep()
    sweep()
    in_first_minute = subjects(sink)
    waiting = OutboxMessage.objects.filter(state=State.QUEUED)
    untouched = set(waiting.values_list("attempts", "send_at"))
    clock.shift(MINUTE)
    sweep()

    assert in_first_minute == ["Note 1", "Note 2"]
    assert untouched == {(0, messages[2].send_at)}
    assert subjects(sink) == ["Note 1", "Note 2", "Note 3", "Note 4"]


def test_overall_limit_holds_for_a_kick_as_well(sink, make_message, settings, clock):
    settings.MAIL_PER_MINUTE = 1
    first, second = make_message(), make_message()

    deliver(first.pk)
    deliver(second.pk)

    second.refresh_from_db()
    assert (subjects(sink), second.state, second.attempts) == (["Note 1"], State.QUEUED, 0)


def test_domain_limit_spreads_its_mails_and_lets_others_pass(sink, make_message, settings, clock, now):
    settings.MAIL_PER_MINUTE_PER_DOMAIN = 2
    slow = [make_message() for _ in range(5)]
    make_message("test.elsewhere", subject_id=9)

    sweep()

    begins = now.replace(second=0)
    waiting = OutboxMessage.objects.filter(state=State.QUEUED).order_by("pk")
    assert subjects(sink) == ["Note 1", "Note 2", "Note 9"]
    assert list(waiting.values_list("pk", "send_at", "attempts")) == [
        (slow[2].pk, begins + MINUTE, 0),
        (slow[3].pk, begins + MINUTE, 0),
        (slow[4].pk, begins + 2 * MINUTE, 0),
    ]


def test_domain_limit_lets_all_through_in_their_order(sink, make_message, settings, clock):
    settings.MAIL_PER_MINUTE_PER_DOMAIN = 2
    for _ in range(5):
        make_message()

    for _ in range(3):
        sweep()
        clock.shift(MINUTE)

    assert subjects(sink) == [f"Note {number}" for number in range(1, 6)]


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_one_limit(sink, make_message, settings, clock):
    settings.MAIL_PER_MINUTE = 7
    for _ in range(20):
        make_message()

    def work(_: int) -> None:
        try:
            sweep()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))

    assert len(sink.mails) == 7
    assert OutboxMessage.objects.filter(state=State.QUEUED, attempts=0).count() == 13


def test_counts_name_no_domain_and_go_after_a_while(sink, make_message, settings, clock, now):
    settings.MAIL_PER_MINUTE_PER_DOMAIN = 1
    deliver(make_message().pk)
    named = [scope for scope in MinuteCount.objects.values_list("scope", flat=True) if "example" in scope]

    rates.purge_counts(now=now + timedelta(hours=2))

    assert named == []
    assert not MinuteCount.objects.exists()
