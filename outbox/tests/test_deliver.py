"""What becomes of one message, against a real mail server."""

import logging
import smtplib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as project_settings
from django.db import connection
from django.utils import timezone

from clinic.processes import find_free_port
from outbox import deliver as delivery
from outbox.deliver import (
    LEASE,
    MAX_TRIES,
    claim,
    deliver,
    describe,
    is_temporary,
    pause_after,
    settle,
    sweep,
)
from outbox.models import OutboxMessage, State
from outbox.tests.kinds import SECRET

ADDRESS = "person-1@example.org"


def test_deliver_sends_a_due_message(sink, make_message):
    message = make_message(subject_id=1)

    deliver(message.pk)

    message.refresh_from_db()
    [mail] = sink.mails
    assert (message.state, message.attempts, message.last_error) == (State.SENT, 1, "")
    assert timezone.now() - message.sent_at < timedelta(seconds=5)
    assert (mail["To"], mail["Subject"]) == (ADDRESS, "Note 1")
    assert mail.get_all("Message-ID") == [message.message_id]
    assert mail["Auto-Submitted"] == "auto-generated"


def test_deliver_leaves_a_message_whose_time_has_not_come(sink, make_message, now):
    message = make_message(send_at=now + timedelta(minutes=1))

    deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.attempts, sink.mails) == (State.QUEUED, 0, [])


def test_deliver_leaves_a_message_that_another_worker_has(sink, make_message, now):
    message = make_message()
    claim(message.pk, now=now)

    deliver(message.pk)

    assert sink.mails == []


def test_deliver_takes_over_from_a_worker_that_died(sink, make_message, now):
    message = make_message(send_at=now - LEASE * 2)
    claim(message.pk, now=now - LEASE)

    deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.attempts, len(sink.mails)) == (State.SENT, 2, 1)


@pytest.mark.parametrize("state", [State.SENT, State.DROPPED, State.DEAD, State.STOPPED])
def test_deliver_leaves_a_message_that_is_settled(sink, make_message, now, state):
    message = make_message(state=state, sent_at=now)

    deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.attempts, sink.mails) == (state, 0, [])


def test_deliver_of_an_unknown_row_does_nothing(sink, db):
    deliver(1)

    assert sink.mails == []


@pytest.mark.django_db(transaction=True)
def test_claim_by_many_at_once_has_one_winner(make_message, now):
    message = make_message()

    def try_to_claim(_: int) -> bool:
        try:
            return claim(message.pk, now=now + timedelta(seconds=1)) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        wins = list(pool.map(try_to_claim, range(8)))

    message.refresh_from_db()
    assert (wins.count(True), message.attempts) == (1, 1)


def test_settle_after_the_lease_went_to_another_writes_nothing(make_message, now):
    message = make_message()
    slow = claim(message.pk, now=now)
    quick = claim(message.pk, now=now + LEASE)
    assert slow
    assert quick

    settle(slow, state=State.SENT, sent_at=now)

    message.refresh_from_db()
    assert (message.state, message.lease_until) == (State.SENDING, quick.lease_until)


def test_deliver_drops_what_is_superseded(sink, make_message):
    message = make_message("test.superseded")

    deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, sink.mails) == (State.DROPPED, [])


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("test.broken", "KeyError"),
        ("test.never-registered", "UnknownKind"),
        ("test.for-nobody", "NoRecipients"),
        ("test.injected", "BadHeaderError"),
    ],
)
def test_deliver_buries_what_cannot_be_composed(sink, make_message, kind, error):
    message = make_message(kind)

    deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.last_error, sink.mails) == (State.DEAD, error, [])


def test_deliver_tries_again_when_the_database_failed_while_composing(make_message):
    message = make_message("test.without-database")

    deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.last_error) == (State.QUEUED, "OperationalError")


@pytest.mark.parametrize("kind", ["test.broken", "test.without-database"])
def test_deliver_keeps_the_text_of_errors_out_of_row_and_log(make_message, caplog, kind):
    message = make_message(kind)

    with caplog.at_level(logging.DEBUG):
        deliver(message.pk)

    message.refresh_from_db()
    assert str(message.pk) in caplog.text
    assert SECRET not in caplog.text + message.last_error


@pytest.mark.parametrize(
    ("field", "answer", "error"),
    [
        ("rcpt_answer", "450 4.2.1 <{address}> has too much mail", "SMTPRecipientsRefused 450 4.2.1"),
        ("data_answer", "451 4.7.1 Greylisted", "SMTPDataError 451 4.7.1"),
        ("data_answer", "452 Disk full", "SMTPDataError 452"),
    ],
)
def test_deliver_tries_again_after_a_temporary_answer(sink, make_message, now, field, answer, error):
    message = make_message()
    setattr(sink, field, answer)

    deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_error) == (State.QUEUED, 1, error)
    assert timedelta(seconds=40) < message.send_at - now < timedelta(seconds=90)


@pytest.mark.parametrize(
    ("field", "answer", "error"),
    [
        ("rcpt_answer", "550 5.1.1 <{address}> is unknown here", "SMTPRecipientsRefused 550 5.1.1"),
        ("data_answer", "554 5.7.1 Looks like spam", "SMTPDataError 554 5.7.1"),
    ],
)
def test_deliver_buries_after_a_final_answer(sink, make_message, field, answer, error):
    message = make_message()
    setattr(sink, field, answer)

    deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.last_error) == (State.DEAD, error)


def test_deliver_tries_again_when_nobody_answers(make_message, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = find_free_port()
    message = make_message()

    deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.last_error) == (State.QUEUED, "ConnectionRefusedError")


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (UnicodeEncodeError("ascii", "Contraseña", 8, 9, "not ascii"), "UnicodeEncodeError"),
        (smtplib.SMTPResponseException(554, b"5.7.3 No TLS today"), "SMTPResponseException 554 5.7.3"),
    ],
)
def test_what_keeps_us_from_signing_in_is_no_mails_fault(sink, make_message, monkeypatch, problem, words):
    def fail(self) -> None:
        raise problem

    monkeypatch.setattr("django.core.mail.backends.smtp.EmailBackend.open", fail)
    message = make_message()

    deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.last_error) == (State.QUEUED, words)


def test_deliver_tries_again_after_a_timeout(sink, make_message, settings):
    settings.EMAIL_TIMEOUT = 0.2
    sink.seconds_for_data = 1
    message = make_message()

    deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.last_error) == (State.QUEUED, "SMTPServerDisconnected")


def test_deliver_counts_a_mail_as_sent_when_the_server_hangs_afterwards(sink, make_message, settings):
    settings.EMAIL_TIMEOUT = 0.2
    sink.seconds_for_quit = 1
    message = make_message()

    deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, len(sink.mails)) == (State.SENT, 1)


def test_deliver_gives_up_after_the_last_try(sink, make_message):
    message = make_message()
    sink.data_answer = "451 4.7.1 Greylisted"

    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(MAX_TRIES):
            message.refresh_from_db()
            clock.move_to(max(message.send_at, timezone.now()))
            deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.DEAD, MAX_TRIES)


def test_deliver_buries_a_message_that_kills_its_workers(sink, make_message, now):
    message = make_message(state=State.SENDING, lease_until=now, attempts=MAX_TRIES)

    deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.last_error, sink.mails) == (State.DEAD, "WorkerLost", [])


@pytest.mark.parametrize(
    ("error", "temporary", "words"),
    [
        (
            smtplib.SMTPAuthenticationError(535, b"5.7.8 Bad password"),
            True,
            "SMTPAuthenticationError 535 5.7.8",
        ),
        (smtplib.SMTPConnectError(554, b"No service"), True, "SMTPConnectError 554"),
        (
            smtplib.SMTPSenderRefused(530, b"5.7.0 Authentication required", "a@example.org"),
            True,
            "SMTPSenderRefused 530 5.7.0",
        ),
        (
            smtplib.SMTPSenderRefused(550, b"5.7.1 Not you", "a@example.org"),
            False,
            "SMTPSenderRefused 550 5.7.1",
        ),
        (smtplib.SMTPServerDisconnected("gone"), True, "SMTPServerDisconnected"),
        (
            smtplib.SMTPRecipientsRefused({"a@example.org": (550, b"no"), "b@example.org": (451, b"later")}),
            True,
            "SMTPRecipientsRefused 451",
        ),
        (ConnectionResetError(104, "reset"), True, "ConnectionResetError"),
        (UnicodeEncodeError("ascii", "é", 0, 1, "not ascii"), False, "UnicodeEncodeError"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_errors_are_judged_by_class_and_code(error, temporary, words):
    assert is_temporary(error) is temporary
    assert describe(error) == words


def test_pauses_grow_and_outlast_a_night():
    pauses = [pause_after(attempts) for attempts in range(1, MAX_TRIES)]

    assert timedelta(seconds=45) <= pauses[0] <= timedelta(seconds=75)
    assert pauses[:5] == sorted(pauses[:5])
    assert timedelta(hours=7) < sum(pauses, timedelta()) < timedelta(hours=14)


def test_sweep_sends_oldest_first_and_steps_over_what_is_broken(sink, make_message, now):
    make_message(subject_id=2, send_at=now - timedelta(minutes=2))
    make_message("test.broken", send_at=now - timedelta(minutes=3))
    make_message(subject_id=1, send_at=now - timedelta(minutes=4))
    make_message(subject_id=9, send_at=now + timedelta(minutes=1))

    sweep()

    assert [mail["Subject"] for mail in sink.mails] == ["Note 1", "Note 2"]


def test_sweep_starts_no_mail_when_its_time_is_up(sink, make_message, monkeypatch):
    monkeypatch.setattr(delivery, "SWEEP_SECONDS", 0.1)
    sink.seconds_for_data = 0.2
    make_message()
    make_message()

    sweep()

    states = OutboxMessage.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == [State.SENT, State.QUEUED]


def test_time_limits_stand_in_the_order_that_keeps_copies_away():
    """A mail ends before its task is killed; a task before its lease ends and the broker repeats it."""
    limit = timedelta(seconds=project_settings.CELERY_TASK_TIME_LIMIT)
    visible = timedelta(seconds=project_settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"])

    assert limit.total_seconds() / 2 > project_settings.EMAIL_TIMEOUT + delivery.SWEEP_SECONDS
    assert limit * 2 <= LEASE
    assert limit < visible
