"""What staff can see and do about outgoing mail."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outbox import addresses
from outbox.models import BadAddress, OutboxMessage, State
from outbox.tests.kinds import SECRET

LIST = "admin:outbox_outboxmessage_changelist"


@pytest.fixture
def make_clerk(client, db):
    """Sign in somebody with these permissions: on outgoing messages, or named in full ("view_user")."""

    def make(*permissions: str):
        clerk = get_user_model().objects.create_user("clerk", is_staff=True)
        names = [name if "_" in name else f"{name}_outboxmessage" for name in permissions]
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


# --- The page of one message -----------------------------------------------------------


def open_message(client, message: OutboxMessage) -> str:
    return client.get(reverse("admin:outbox_outboxmessage_change", args=[message.pk])).content.decode()


def press(client, message: OutboxMessage, act: str):
    return client.post(
        reverse("admin:outbox_outboxmessage_steer", args=[message.pk]), {"act": act}, follow=True
    )


def test_message_page_says_in_words_why_it_failed(client, make_clerk, make_message):
    make_clerk("view")
    message = make_message(state=State.DEAD, last_error="AddressBounced")

    page = open_message(client, message)

    assert "an earlier email to this address came back" in page


@pytest.mark.parametrize(
    ("fields", "offered"),
    [
        ({"state": State.QUEUED}, {"stop"}),
        ({"state": State.DEAD, "last_error": "SMTPDataError 554"}, {"send_again", "stop"}),
        ({"state": State.DEAD, "last_error": "AddressBounced"}, {"send_again", "stop", "lift"}),
        ({"state": State.STOPPED}, {"send_again"}),
        ({"state": State.DROPPED}, set()),
    ],
)
def test_message_page_offers_what_can_be_done(client, make_clerk, make_message, fields, offered):
    make_clerk("view", "change", "delete_badaddress")
    message = make_message(**fields)

    page = open_message(client, message)

    assert {act for act in ("send_again", "stop", "lift") if f'value="{act}"' in page} == offered


def test_message_page_offers_nothing_to_those_who_may_only_look(client, make_clerk, make_message):
    make_clerk("view")
    message = make_message("test.letter", state=State.DEAD, last_error="AddressBounced")

    page = open_message(client, message)

    assert 'name="act"' not in page
    assert "/preview/" not in page


def test_send_again_pressed_twice_on_the_page_queues_once(client, make_clerk, make_message):
    make_clerk("view", "change")
    message = make_message(state=State.DEAD)

    press(client, message, "send_again")
    page = press(client, message, "send_again").content.decode()

    message.refresh_from_db()
    assert message.state == State.QUEUED
    assert "The others wait already" in page
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize("act", ["send_again", "stop", "lift", "delete_selected", ""])
def test_steering_needs_the_permission(client, make_clerk, make_message, act):
    make_clerk("view", "view_user")
    message = make_message(state=State.DEAD)

    response = press(client, message, act)

    message.refresh_from_db()
    assert (response.status_code, message.state) == (403, State.DEAD)


def test_steering_by_a_link_is_refused(client, make_clerk, make_message):
    make_clerk("view", "change")

    response = client.get(
        reverse("admin:outbox_outboxmessage_steer", args=[make_message().pk]), {"act": "stop"}
    )

    assert response.status_code == 405


def test_trusting_an_address_lets_mail_go_there_again(client, make_clerk, make_message):
    make_clerk("view", "delete_badaddress")
    message = make_message(subject_id=1, state=State.DEAD, last_error="AddressBounced")
    addresses.mark("person-1@example.org", reason=BadAddress.Reason.BOUNCED, message=None)

    page = press(client, message, "lift").content.decode()

    assert "1 address gets mail again." in page
    assert not BadAddress.objects.exists()
    assert LogEntry.objects.get().object_id == str(message.pk)


def test_trusting_the_address_of_a_message_that_is_no_longer_needed(client, make_clerk, make_message):
    make_clerk("view", "delete_badaddress")
    message = make_message("test.superseded", state=State.DEAD, last_error="Bounced")
    addresses.mark("person-1@example.org", reason=BadAddress.Reason.BOUNCED, message=message)

    press(client, message, "lift")

    assert not BadAddress.objects.exists()


# --- Preview -----------------------------------------------------------------------------


def preview(client, message: OutboxMessage, page: str = "preview"):
    return client.get(reverse(f"admin:outbox_outboxmessage_{page}", args=[message.pk]))


def test_preview_shows_every_part_and_leaves_nothing_behind(client, make_clerk, make_message):
    make_clerk("view", "view_user")
    message = make_message("test.letter", subject_id=7)

    page = preview(client, message).content.decode()

    for words in (
        "Letter 7",
        "person-7@example.org",
        "Good &lt;b&gt;morning&lt;/b&gt;.",
        "BEGIN:VCALENDAR",
        "invite.ics",
    ):
        assert words in page
    assert f'sandbox="" src="{reverse("admin:outbox_outboxmessage_html", args=[message.pk])}"' in page
    assert "Letter" not in page[: page.index("</title>")]
    assert not BadAddress.objects.exists()
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.QUEUED, 0)


def test_html_of_the_preview_can_do_no_harm(client, make_clerk, make_message):
    make_clerk("view", "view_user")

    response = preview(client, make_message("test.letter"), "html")

    assert b"<p>Morning</p>" in response.content
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "script-src" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("page", ["preview", "html"])
@pytest.mark.parametrize(
    ("permissions", "kind"),
    [(["view"], "test.letter"), (["view_user"], "test.letter"), (["view", "view_user"], "test.note")],
)
def test_preview_is_for_those_who_may_read_this_kind(
    client, make_clerk, make_message, permissions, kind, page
):
    make_clerk(*permissions)

    assert preview(client, make_message(kind), page).status_code == 403


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("test.superseded", "This message is no longer needed"),
        ("test.broken", "This message cannot be written: KeyError."),
    ],
)
def test_preview_says_why_there_is_none(client, make_clerk, make_message, kind, words):
    make_clerk("view", "view_user")
    message = make_message(kind)

    page = preview(client, message).content.decode()

    assert words in page
    assert SECRET not in page
    assert preview(client, message, "html").status_code == 404


def test_preview_of_an_unknown_kind_is_for_superusers(admin_client, make_message):
    page = preview(admin_client, make_message("gone.kind")).content.decode()

    assert "This message cannot be written: UnknownKind." in page


# --- Addresses that mail came back from -----------------------------------------------


def test_bad_addresses_are_listed_without_the_address(
    client, make_clerk, make_message, django_assert_num_queries
):
    make_clerk("view", "view_badaddress")
    address = reverse("admin:outbox_badaddress_changelist")
    addresses.mark("ada@example.org", reason=BadAddress.Reason.BOUNCED, message=make_message())
    with CaptureQueriesContext(connection) as for_one:
        page = client.get(address).content.decode()
    addresses.mark("bob@example.org", reason=BadAddress.Reason.COMPLAINED, message=make_message())
    addresses.mark("cyd@example.org", reason=BadAddress.Reason.COMPLAINED, message=None)

    with django_assert_num_queries(len(for_one.captured_queries)):
        client.get(address)

    assert "Mail came back" in page
    assert "test.note 1 v1" in page
    assert "example.org" not in page


@pytest.mark.parametrize(
    ("permissions", "left"), [(["view_badaddress"], 1), (["view_badaddress", "delete_badaddress"], 0)]
)
def test_bad_address_is_lifted_by_those_who_may(client, make_clerk, permissions, left):
    make_clerk(*permissions)
    addresses.mark("ada@example.org", reason=BadAddress.Reason.BOUNCED, message=None)
    bad = BadAddress.objects.get()

    client.post(reverse("admin:outbox_badaddress_delete", args=[bad.pk]), {"post": "yes"})

    assert BadAddress.objects.count() == left
