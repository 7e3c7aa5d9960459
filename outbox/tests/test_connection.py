"""One connection for a sweep: fewer greetings, the same promise."""

from outbox.connection import KeptConnection
from outbox.deliver import sweep
from outbox.models import OutboxMessage, State


def test_sweep_greets_the_server_once(sink, make_message):
    for _ in range(3):
        make_message()

    sweep()

    assert (len(sink.mails), sink.connections) == (3, 1)


def test_sweep_without_mail_does_not_greet_the_server(sink, db):
    sweep()

    assert sink.connections == 0


def test_refused_mail_costs_the_next_a_new_connection_and_nothing_else(sink, make_message):
    refused = make_message(subject_id=1)
    make_message(subject_id=2)
    sink.refused_addresses = {"person-1@example.org"}

    sweep()

    refused.refresh_from_db()
    assert [mail["Subject"] for mail in sink.mails] == ["Note 2"]
    assert (refused.state, refused.last_error) == (State.DEAD, "SMTPRecipientsRefused 550 5.1.1")
    assert sink.connections == 2


def test_connection_that_the_server_ended_is_no_mails_fault(sink, make_message):
    sink.mails_per_connection = 1
    for _ in range(3):
        make_message()

    sweep()

    tries = OutboxMessage.objects.values_list("state", "attempts")
    assert list(tries) == [(State.SENT, 1)] * 3
    assert len(sink.mails) == 3


def test_connection_that_hangs_at_the_goodbye_is_forgotten(sink, make_message, settings):
    settings.EMAIL_TIMEOUT = 0.2
    sink.seconds_for_quit = 1
    make_message()

    sweep()

    assert OutboxMessage.objects.get().state == State.SENT


def test_backend_without_a_connection_will_do(settings, tmp_path, make_message):
    settings.EMAIL_BACKEND = "outbox.inbox.InboxBackend"
    settings.DATA_DIR = tmp_path
    make_message()

    sweep()

    assert len(list((tmp_path / "inbox").iterdir())) == 1
    KeptConnection().close()
