"""`manage.py outbox`, without a broker and without a worker."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from clinic.processes import find_free_port
from outbox import addresses
from outbox.models import BadAddress, OutboxMessage, State


@pytest.fixture(autouse=True)
def no_broker(monkeypatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", f"redis://127.0.0.1:{find_free_port()}/0")


def run(*words: str) -> str:
    output = StringIO()
    call_command("outbox", *words, stdout=output)
    return output.getvalue()


def read_numbers(output: str) -> dict[str, int]:
    """Label and number of each line of the status."""
    return {line[:20].strip(): int(line[20:28]) for line in output.splitlines()}


def test_status_counts_by_state_and_tells_the_longest_wait(make_message, now):
    make_message(send_at=now - timedelta(hours=26, seconds=7))
    make_message(send_at=now + timedelta(days=1))
    make_message(state=State.DEAD)
    addresses.mark("ada@example.org", reason=BadAddress.Reason.BOUNCED, message=None)

    output = run("status")

    numbers = read_numbers(output)
    assert (numbers["Waiting"], numbers["Failed"], numbers["Sent"]) == (2, 1, 0)
    assert (numbers["Due now"], numbers["Addresses shut"]) == (1, 1)
    assert "(the oldest for 26:00:0" in output


def test_status_of_an_empty_outbox(db):
    assert "(the oldest for 0:00:00)" in run("status")


def test_drain_sends_all_that_is_due_in_order(sink, make_message, now):
    for number in range(250):
        make_message(send_at=now - timedelta(minutes=number))
    make_message(send_at=now + timedelta(days=1))

    output = run("drain")

    subjects = [mail["Subject"] for mail in sink.mails]
    assert output == "Tried 250 messages; 0 are still due.\n"
    assert subjects == [f"Note {number}" for number in range(250, 0, -1)]


def test_drain_stops_at_its_limit(sink, make_message):
    for _ in range(3):
        make_message()

    output = run("drain", "--limit", "2")

    assert output == "Tried 2 messages; 1 are still due.\n"
    assert len(sink.mails) == 2


def test_drain_says_when_the_minute_is_full(sink, make_message, settings):
    settings.MAIL_PER_MINUTE = 1
    make_message()
    make_message()
    make_message()

    output = run("drain")

    assert "still due" in output
    assert "MAIL_PER_MINUTE is reached." in output


def test_drain_steps_over_what_is_broken_and_what_is_refused(sink, make_message):
    make_message("test.broken")
    make_message(subject_id=5)
    make_message(subject_id=6)
    sink.refused_addresses = {"person-5@example.org"}

    run("drain")

    assert [mail["Subject"] for mail in sink.mails] == ["Note 6"]
    assert OutboxMessage.objects.dead().count() == 2


@pytest.mark.parametrize(
    ("words", "queued"), [(["--kind", "test.note"], 2), (["--all"], 3), (["--kind", "none"], 0)]
)
def test_retry_queues_failed_messages_again(make_message, words, queued):
    make_message(state=State.DEAD, attempts=8)
    make_message(state=State.DEAD, attempts=8)
    make_message("test.letter", state=State.DEAD)
    make_message(state=State.STOPPED)

    output = run("retry", *words)

    waiting = OutboxMessage.objects.filter(state=State.QUEUED, attempts=0)
    assert waiting.count() == queued
    assert f"Queued {queued} failed messages again." in output


@pytest.mark.parametrize(
    "words", [["retry"], ["retry", "--all", "--kind", "test.note"], ["drain", "--limit", "0"], []]
)
def test_words_that_make_no_sense_are_refused(db, words):
    with pytest.raises(CommandError):
        run(*words)
