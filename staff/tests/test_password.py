"""A forgotten password: by mail, without going round the second step, and without telling who works here."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outbox.models import OutboxMessage
from outbox.registry import Superseded
from staff import limits, mail
from staff.tests.conftest import PASSWORD, SignIn

NEW_PASSWORD = "another-winding-road"


def ask(client: Client, email: str) -> Any:
    return client.post("/staff/password/reset/", {"email": email})


def open_link(client: Client) -> str:
    body = str(mail.compose_password_link(OutboxMessage.objects.get()).body)
    found = re.search(r"(/staff/\S+)", body)
    assert found
    return str(client.get(found[1]).url)


def test_link_changes_the_password_but_signs_nobody_in(
    client: Client, app: Authenticator, sign_in: SignIn, required: None
) -> None:
    ask(client, "robin@example.org")
    form = open_link(client)
    client.post(form, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

    between = client.get("/admin/", follow=True)
    signed_in = sign_in(password=NEW_PASSWORD)

    assert between.redirect_chain[-1][0].startswith("/staff/login/")
    assert signed_in.url.startswith("/staff/2/authenticate/")
    assert sign_in(by=Client()).status_code == 200


def test_known_and_unknown_email_get_the_same_answer_and_the_same_work(
    client: Client, manager: User, clock: Any
) -> None:
    answers, counts = [], []
    for email in ("robin@example.org", "nobody@example.org"):
        with CaptureQueriesContext(connection) as queries:
            answers.append(ask(Client(), email))
        counts.append(len(queries))

    assert answers[0].url == answers[1].url
    assert counts[0] == counts[1]
    known, unknown = OutboxMessage.objects.order_by("-subject_id")
    assert known.subject_id == manager.pk
    with pytest.raises(Superseded):
        mail.compose_password_link(unknown)


def test_mailbox_is_not_flooded(client: Client, manager: User, clock: Any) -> None:
    for _ in range(limits.RESETS_PER_NETWORK):
        ask(client, "robin@example.org")
    last = ask(client, "robin@example.org")

    assert OutboxMessage.objects.count() == 1
    assert last.status_code == 200
    assert "too many" in last.text


def test_deactivated_user_gets_no_link(client: Client, manager: User) -> None:
    User.objects.update(is_active=False)

    ask(client, "robin@example.org")

    with pytest.raises(Superseded):
        mail.compose_password_link(OutboxMessage.objects.get())


def test_made_up_link_is_refused_in_words(client: Client, manager: User) -> None:
    response = client.get("/staff/password/reset/1-made-up/")

    assert response.status_code == 200
    assert "password1" not in response.text


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("/staff/password/", ("oldpassword", "password1", "password2")),
        ("/admin/password_change/", ("old_password", "new_password1", "new_password2")),
    ],
)
def test_who_finds_a_screen_open_does_not_guess_the_password_for_long(
    client: Client, manager: User, sign_in: SignIn, clock: Any, address: str, names: tuple[str, ...]
) -> None:
    sign_in()

    def change(old: str) -> None:
        client.post(address, dict(zip(names, (old, NEW_PASSWORD, NEW_PASSWORD), strict=True)))

    for number in range(limits.PER_ACCOUNT_HERE):
        change(f"a-wrong-road-{number}")
    change(PASSWORD)

    manager.refresh_from_db()
    assert manager.check_password(PASSWORD)


def test_password_is_changed_by_whoever_knows_it(
    client: Client, manager: User, sign_in: SignIn, clock: Any
) -> None:
    sign_in()

    client.post(
        "/staff/password/",
        {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    )

    manager.refresh_from_db()
    assert manager.check_password(NEW_PASSWORD)
    assert client.get("/admin/").status_code == 200
