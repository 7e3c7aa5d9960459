"""What staff can see and do about outgoing mail."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outbox.models import OutboxMessage, State

LIST = "admin:outbox_outboxmessage_changelist"


@pytest.fixture
def make_clerk(client, db):
    """Sign in somebody who holds these permissions on outgoing messages."""

    def make(*permissions: str):
        clerk = get_user_model().objects.create_user("clerk", is_staff=True)
        names = [f"{permission}_outboxmessage" for permission in permissions]
        clerk.user_permissions.set(Permission.objects.filter(codename__in=names))
        client.force_login(clerk)
        return clerk

    return make


def choose(client, action: str, *messages: OutboxMessage):
    """Tick the messages in the list, choose the action, press Go, read the page that follows."""
    keys = [message.pk for message in messages]
    return client.post(reverse(LIST), {"action": action, "_selected_action": keys}, follow=True)


def test_list_shows_how_each_message_is_doing(client, make_clerk, make_message):
    make_clerk("view")
    make_message(subject_id=4711, state=State.DEAD, attempts=8, last_error="SMTPDataError 554 5.7.1")

    page = client.get(reverse(LIST)).content.decode()

    for words in ("test.note", "4711", "patient", "Failed", "SMTPDataError 554 5.7.1"):
        assert words in page


def test_list_asks_the_database_as_often_for_three_messages_as_for_one(
    client, make_clerk, make_message, django_assert_num_queries
):
    make_clerk("view")
    make_message()
    with CaptureQueriesContext(connection) as for_one:
        client.get(reverse(LIST))
    make_message()
    make_message()

    with django_assert_num_queries(len(for_one.captured_queries)):
        client.get(reverse(LIST))


def test_list_can_be_filtered_by_state(client, make_clerk, make_message):
    make_clerk("view")
    make_message(subject_id=1111, state=State.DEAD)
    make_message(subject_id=2222)

    page = client.get(reverse(LIST), {"state__exact": State.DEAD}).content.decode()

    assert "1111" in page
    assert "2222" not in page


def test_message_page_has_nothing_to_change(client, make_clerk, make_message):
    make_clerk("view", "change", "delete", "add")
    message = make_message()

    page = client.get(reverse("admin:outbox_outboxmessage_change", args=[message.pk])).content.decode()

    assert message.message_id.strip("<>") in page
    assert 'name="_save"' not in page
    assert "deletelink" not in page


@pytest.mark.parametrize("page", ["add", "delete"])
def test_messages_are_neither_added_nor_deleted_by_hand(client, make_clerk, make_message, page):
    make_clerk("view", "change", "delete", "add")
    message = make_message()

    response = client.post(
        reverse(f"admin:outbox_outboxmessage_{page}", args=[] if page == "add" else [message.pk])
    )

    assert response.status_code == 403
    assert OutboxMessage.objects.get() == message


def test_send_again_queues_the_failed_and_says_so(client, make_clerk, make_message):
    clerk = make_clerk("view", "change")
    dead = make_message(state=State.DEAD, attempts=8)
    waiting = make_message()

    page = choose(client, "send_again", dead, waiting).content.decode()

    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == (State.QUEUED, 0)
    assert "1 message will be sent again." in page
    assert "The others wait already" in page
    assert LogEntry.objects.get().object_id == str(dead.pk)
    assert LogEntry.objects.get().user == clerk


def test_send_again_pressed_twice_queues_once(client, make_clerk, make_message):
    make_clerk("view", "change")
    dead = make_message(state=State.DEAD)

    choose(client, "send_again", dead)
    page = choose(client, "send_again", dead).content.decode()

    assert "0 messages will be sent again." in page
    assert LogEntry.objects.count() == 1


def test_stop_keeps_waiting_mail_and_says_what_it_could_not(client, make_clerk, make_message, now):
    make_clerk("view", "change")
    waiting = make_message(send_at=now + timedelta(days=1))
    sent = make_message(state=State.SENT, sent_at=now)

    page = choose(client, "stop", waiting, sent).content.decode()

    waiting.refresh_from_db()
    assert waiting.state == State.STOPPED
    assert "1 message will not be sent." in page
    assert "The others are being sent" in page


def test_actions_need_the_permission_to_change(client, make_clerk, make_message):
    make_clerk("view")
    dead = make_message(state=State.DEAD)

    choose(client, "send_again", dead)

    dead.refresh_from_db()
    assert dead.state == State.DEAD
