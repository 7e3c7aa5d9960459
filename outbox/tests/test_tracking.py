"""What providers tell about a mail, posted to the real address as they post it."""

import hashlib
import hmac
import json
from base64 import b64encode
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from anymail.exceptions import AnymailRequestsAPIError
from django.test import Client
from django.urls import Resolver404, resolve

from outbox import addresses, webhooks
from outbox.addresses import AddressBounced
from outbox.connection import KeptConnection
from outbox.deliver import deliver, describe, is_temporary
from outbox.models import BadAddress, OutboxMessage, State
from outbox.queue import send_again

pytestmark = [pytest.mark.urls("outbox.tests.webhook_urls"), pytest.mark.django_db]

ADDRESS = "person-1@example.org"
SECRET = "provider:a long secret"
POSTMARK = "/webhooks/mail/postmark/tracking/"


@pytest.fixture(autouse=True)
def secret(settings) -> None:
    settings.ANYMAIL = {**settings.ANYMAIL, "WEBHOOK_SECRET": SECRET}


def tell(payload: dict[str, Any], *, address: str = POSTMARK, password: str = SECRET):
    """Post it as the provider does: with its password, without a cookie."""
    login = f"Basic {b64encode(password.encode()).decode()}"
    client = Client(enforce_csrf_checks=True)
    return client.post(address, json.dumps(payload), "application/json", headers={"Authorization": login})


def postmark_bounce(
    kind: str = "HardBounce", *, message: OutboxMessage | None = None, **fields: Any
) -> dict[str, Any]:
    """What Postmark documents for a bounce webhook."""
    return {
        "RecordType": "Bounce",
        "ID": 42,
        "Type": kind,
        "TypeCode": 1,
        "MessageID": "00000000-0000-0000-0000-000000000000",
        "Metadata": {"outbox": message.message_id} if message else {},
        "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
        "Details": f"550 5.1.1 <{ADDRESS}> is unknown here",
        "Email": ADDRESS,
        "From": "appointments@clinic.example.org",
        "BouncedAt": "2026-11-23T16:33:54.9070259Z",
        "Inactive": True,
        "CanActivate": True,
        "Subject": "Your appointment",
        **fields,
    }


def mailgun_failure(*, message: OutboxMessage, severity: str = "permanent") -> dict[str, Any]:
    """What Mailgun documents for "failed", without its signature."""
    return {
        "event-data": {
            "event": "failed",
            "severity": severity,
            "reason": "bounce",
            "recipient": ADDRESS,
            "timestamp": 1521472262.9,
            "user-variables": {},
            "delivery-status": {"code": 550, "message": "No such user", "description": ""},
            "message": {"headers": {"message-id": message.message_id.strip("<>"), "to": ADDRESS}},
        }
    }


@pytest.fixture
def sent(make_message, now) -> OutboxMessage:
    return make_message(subject_id=1, state=State.SENT, sent_at=now, tracking_id="postmark-1")


def test_hard_bounce_buries_the_message_and_marks_the_address(sent):
    response = tell(postmark_bounce(message=sent))

    sent.refresh_from_db()
    bad = BadAddress.objects.get()
    assert response.status_code == 200
    assert (sent.state, sent.last_error) == (State.DEAD, "Bounced")
    assert (bad.reason, bad.message) == (BadAddress.Reason.BOUNCED, sent)
    assert bad.address_hash == addresses.hash_address("PERSON-1@Example.org ")


def test_message_is_found_by_the_providers_own_number(sent):
    tell(postmark_bounce(MessageID="postmark-1"))

    sent.refresh_from_db()
    assert sent.state == State.DEAD


def test_message_is_found_by_its_message_id(sent, settings):
    # Mailgun signs what it posts; the key is a setting of its own.
    settings.ANYMAIL = {**settings.ANYMAIL, "MAILGUN_WEBHOOK_SIGNING_KEY": "key"}
    payload = sign_for_mailgun(mailgun_failure(message=sent), key="key")

    response = tell(payload, address="/webhooks/mail/mailgun/tracking/")

    sent.refresh_from_db()
    assert response.status_code == 200
    assert (sent.state, BadAddress.objects.count()) == (State.DEAD, 1)


def sign_for_mailgun(payload: dict[str, Any], *, key: str) -> dict[str, Any]:
    signature = hmac.new(key.encode(), b"1521472262token", hashlib.sha256).hexdigest()
    return {**payload, "signature": {"timestamp": "1521472262", "token": "token", "signature": signature}}


def test_complaint_marks_the_address_and_tells_the_desk(sent):
    tell(postmark_bounce("SpamComplaint", message=sent, RecordType="SpamComplaint"))

    sent.refresh_from_db()
    assert (sent.state, sent.last_error) == (State.DEAD, "Complained")
    assert BadAddress.objects.get().reason == BadAddress.Reason.COMPLAINED


@pytest.mark.parametrize("kind", ["SoftBounce", "Blocked", "DMARCPolicy"])
def test_bounce_of_one_mail_leaves_the_address_alone(sent, kind):
    tell(postmark_bounce(kind, message=sent))

    sent.refresh_from_db()
    assert (sent.state, sent.last_error, BadAddress.objects.count()) == (State.DEAD, "Bounced", 0)


def test_mail_that_the_provider_took_and_could_not_send_is_a_dead_letter(sent):
    tell(postmark_bounce("SMTPApiError", message=sent))

    sent.refresh_from_db()
    assert (sent.state, sent.problem) == (State.DEAD, "the mail provider could not deliver it")
    assert not BadAddress.objects.exists()


@pytest.mark.parametrize("kind", ["Transient", "AutoResponder", "DnsError"])
def test_news_without_consequence_changes_nothing(sent, kind):
    tell(postmark_bounce(kind, message=sent))

    sent.refresh_from_db()
    assert (sent.state, BadAddress.objects.count()) == (State.SENT, 0)


def test_the_same_news_twice_changes_nothing_more(sent, make_message):
    tell(postmark_bounce(message=sent))
    tell(postmark_bounce(message=sent))

    assert BadAddress.objects.count() == 1


def test_bounce_of_a_mail_that_is_not_ours_still_marks_the_address():
    response = tell(postmark_bounce())

    assert response.status_code == 200
    assert BadAddress.objects.get().message is None


def test_bounce_of_the_first_copy_does_not_bury_the_second(sent, make_message, now):
    old = postmark_bounce("SoftBounce", message=sent, MessageID="postmark-1")
    OutboxMessage.objects.update(state=State.DEAD)
    send_again(sent, by=None)
    OutboxMessage.objects.update(state=State.SENT, sent_at=now)

    tell(old)

    sent.refresh_from_db()
    assert sent.state == State.SENT


def test_bounce_that_is_quicker_than_our_own_mark_stands(sink, make_message, monkeypatch):
    message = make_message(subject_id=1)
    send = KeptConnection.send

    def send_and_bounce(self, email) -> None:
        send(self, email)
        tell(postmark_bounce(message=message))

    monkeypatch.setattr(KeptConnection, "send", send_and_bounce)

    deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.last_error) == (State.DEAD, "Bounced")


@pytest.mark.parametrize("password", ["provider:wrong", "", ":"])
def test_nobody_else_may_tell_us(sent, password):
    response = tell(postmark_bounce(message=sent), password=password)

    sent.refresh_from_db()
    assert (response.status_code, sent.state, BadAddress.objects.count()) == (400, State.SENT, 0)


def test_log_names_no_address(sent, caplog):
    tell(postmark_bounce(message=sent))

    assert str(sent.pk) in caplog.text
    assert "person-1" not in caplog.text


@pytest.mark.urls("clinic.urls")
def test_without_a_secret_there_is_no_such_address():
    with pytest.raises(Resolver404):
        resolve(POSTMARK)


def test_only_news_of_sent_mail_has_an_address():
    with pytest.raises(Resolver404):
        resolve("/webhooks/mail/postmark/inbound/")


# --- What follows for later mail ---------------------------------------------------


@pytest.mark.parametrize("pattern", webhooks.urlpatterns, ids=lambda pattern: str(pattern.pattern))
def test_address_of_any_provider_is_an_error_to_nobody(pattern):
    client = Client(raise_request_exception=False)

    answers = [ask(f"/webhooks/mail/{pattern.pattern}") for ask in (client.get, client.head, client.post)]

    assert {answer.status_code for answer in answers} <= {200, 400, 404, 405}


def test_later_mail_to_a_marked_address_is_a_dead_letter_without_a_try(sink, make_message):
    addresses.mark(ADDRESS, reason=BadAddress.Reason.BOUNCED, message=None)
    marked, other = make_message(subject_id=1), make_message(subject_id=2)

    deliver(marked.pk)
    deliver(other.pk)

    marked.refresh_from_db()
    assert (marked.state, marked.last_error) == (State.DEAD, "AddressBounced")
    assert [mail["Subject"] for mail in sink.mails] == ["Note 2"]


def test_address_outside_of_ascii_is_marked_by_the_name_under_which_it_came_back():
    tell(postmark_bounce(Email="person-1@xn--exmple-cua.org"))

    with pytest.raises(AddressBounced):
        addresses.refuse_bounced(["Person-1@Exämple.org"])


def test_lifted_address_gets_mail_again(sink, make_message):
    addresses.mark(ADDRESS, reason=BadAddress.Reason.BOUNCED, message=None)

    lifted = addresses.lift([ADDRESS])
    deliver(make_message(subject_id=1).pk)

    assert (lifted, len(sink.mails)) == (True, 1)


def test_mark_outlives_a_change_of_the_secret_key(settings):
    addresses.mark(ADDRESS, reason=BadAddress.Reason.BOUNCED, message=None)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key", [settings.SECRET_KEY]

    with pytest.raises(AddressBounced):
        addresses.refuse_bounced([ADDRESS])


# --- Sending through a provider ----------------------------------------------------


@pytest.fixture
def provider(settings, monkeypatch) -> SimpleNamespace:
    """Postmark, as far as its API is concerned: what it got, and what it answers."""
    state = SimpleNamespace(payloads=[], status=200, answer={"ErrorCode": 0, "MessageID": "postmark-9"})
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_SERVER_TOKEN": "token"}

    def request(self, method, url, **kwargs) -> requests.Response:
        state.payloads.append(json.loads(kwargs["data"]))
        response = requests.Response()
        response.status_code = state.status
        to = [payload["To"] for payload in state.payloads][-1]
        response._content = json.dumps({"To": to, "Message": "OK", **state.answer}).encode()
        return response

    monkeypatch.setattr(requests.Session, "request", request)
    return state


def test_provider_gets_the_mail_and_its_number_is_kept(provider, make_message):
    message = make_message(subject_id=1)

    deliver(message.pk)

    message.refresh_from_db()
    [payload] = provider.payloads
    assert (message.state, message.tracking_id) == (State.SENT, "postmark-9")
    assert payload["To"] == ADDRESS
    assert payload["Metadata"] == {"outbox": message.message_id}
    assert (payload["TrackOpens"], payload["TrackLinks"]) == (False, "None")


@pytest.mark.parametrize(
    ("status", "state", "error"),
    [
        (401, State.QUEUED, "AnymailRequestsAPIError 401"),
        (429, State.QUEUED, "AnymailRequestsAPIError 429"),
        (503, State.QUEUED, "AnymailRequestsAPIError 503"),
        (413, State.DEAD, "AnymailRequestsAPIError 413"),
    ],
)
def test_provider_that_refuses_is_judged_by_its_code(provider, make_message, status, state, error):
    provider.status = status
    message = make_message()

    deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.last_error) == (state, error)


def test_provider_without_its_key_buries_nothing(settings, make_message):
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    message = make_message()

    deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.last_error) == (State.QUEUED, "AnymailConfigurationError")


def test_provider_that_cannot_be_reached_is_tried_again():
    error = AnymailRequestsAPIError("Connection refused for ada@example.org")

    assert is_temporary(error)
    assert describe(error) == "AnymailRequestsAPIError"
