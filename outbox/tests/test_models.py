from datetime import timedelta

import pytest
from django.db import IntegrityError

from outbox.deliver import LEASE, claim
from outbox.health import outbox_health
from outbox.models import OutboxMessage, State, make_message_id


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"recipient": "ada@example.org"}, "outbox_recipient_is_a_role"),
        ({"state": State.SENDING}, "outbox_lease_while_sending"),
        ({"state": State.SENT}, "outbox_sent_has_time"),
    ],
)
def test_database_refuses_rows_that_make_no_sense(make_message, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        make_message(**fields)


def test_database_keeps_one_row_for_each_recipient_of_a_version(make_message):
    make_message(subject_id=1, version=1, recipient="patient")
    make_message(subject_id=1, version=2, recipient="patient")
    make_message(subject_id=1, version=1, recipient="practitioner:3")

    with pytest.raises(IntegrityError):
        make_message(subject_id=1, version=1, recipient="patient")


def test_message_id_is_in_the_domain_that_mail_comes_from(settings):
    settings.DEFAULT_FROM_EMAIL = "Elm Street <hello@elm.example.org>"

    first, second = make_message_id(), make_message_id()

    assert first.startswith("<")
    assert first.endswith("@elm.example.org>")
    assert first != second


def test_due_holds_what_waits_and_what_a_dead_worker_left(make_message, now):
    waiting = make_message()
    left_behind = make_message()
    claim(left_behind.pk, now=now)
    make_message(send_at=now + LEASE * 2)
    make_message(state=State.DEAD)

    assert list(OutboxMessage.objects.due(now)) == [waiting]
    assert set(OutboxMessage.objects.due(now + LEASE)) == {waiting, left_behind}


def test_health_of_an_empty_outbox(db):
    health = outbox_health()

    assert (health.oldest_due_age, health.due, health.dead) == (timedelta(0), 0, 0)


def test_health_counts_dead_letters_and_the_longest_wait(make_message, now):
    make_message(send_at=now - timedelta(minutes=7))
    make_message(send_at=now - timedelta(minutes=2))
    make_message(send_at=now + timedelta(days=1))
    make_message(state=State.DEAD, send_at=now - timedelta(days=3))

    health = outbox_health()

    assert timedelta(minutes=7) <= health.oldest_due_age < timedelta(minutes=8)
    assert (health.due, health.dead) == (2, 1)
