"""What would reach Sentry: real events of the real library, taken where it would send them."""

import json
import logging
from collections.abc import Iterator

import pytest
import sentry_sdk
from django.test import Client
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from clinic.watching.errors import report_errors
from clinic.watching.following import request_id

MARK = "quetzal"


class Kept(Transport):
    """Instead of the network."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.texts.append(envelope.serialize().decode())


@pytest.fixture
def sent() -> Iterator[list[str]]:
    transport = Kept()
    report_errors("https://key@sentry.example.org/1", environment="test", transport=transport)
    yield transport.texts
    sentry_sdk.init()


def read_event(text: str) -> dict:
    return json.loads(text.splitlines()[2])


def fail(name: str) -> None:
    reason = f"{name} has spasms"
    raise ValueError(reason)


def test_event_says_what_and_where_and_nothing_of_a_patient(sent: list[str]) -> None:
    token = request_id.set("a" * 32)
    sentry_sdk.set_user({"username": MARK})
    sentry_sdk.set_extra("name", MARK)
    sentry_sdk.add_breadcrumb(message=MARK)
    try:
        fail(MARK)
    except ValueError as error:
        logging.getLogger("django.request").error(
            "Internal Server Error: /visits/%s/", MARK, exc_info=error, extra={"request": MARK}
        )
    request_id.reset(token)

    [text] = sent
    [value] = read_event(text)["exception"]["values"]
    assert MARK not in text
    assert value["type"] == "ValueError"
    assert [frame["function"] for frame in value["stacktrace"]["frames"]][-1] == "fail"
    assert read_event(text)["tags"]["request_id"] == "a" * 32


def test_line_without_an_error_is_not_sent(sent: list[str]) -> None:
    logging.getLogger("somewhere").error("%s did not come", MARK)

    assert sent == []


def test_host_that_somebody_made_up_is_no_error_of_ours(sent: list[str], client: Client) -> None:
    client.get("/health/live", headers={"Host": "quetzal.example.org"})

    assert sent == []
