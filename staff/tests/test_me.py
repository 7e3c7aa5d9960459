"""/staff/me/: what one signs in with, and where one is signed in."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.test import Client

from staff.devices import describe_device
from staff.tests.conftest import SignIn

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [(FIREFOX, "Firefox on Linux"), (EDGE, "Edge on Windows"), ("<b>", "A browser we do not know")],
)
def test_devices_in_words(user_agent: str, words: str) -> None:
    assert describe_device(user_agent) == words


def test_other_sessions_are_listed_and_ended(client: Client, manager: User, sign_in: SignIn) -> None:
    other = Client(headers={"user-agent": FIREFOX})
    sign_in(by=other)
    sign_in()
    page = client.get("/staff/me/")
    session = UserSession.objects.exclude(session_key=client.session.session_key).get()

    client.post(f"/staff/me/sessions/{session.pk}/end/")

    assert "Firefox on Linux" in page.text
    assert other.get("/staff/me/").status_code == 302
    assert client.get("/staff/me/").status_code == 200


def test_all_other_sessions_end_at_once(client: Client, manager: User, sign_in: SignIn) -> None:
    others = [Client(), Client()]
    for browser in [*others, client]:
        sign_in(by=browser)

    client.post("/staff/me/sessions/end-others/")

    assert [browser.get("/staff/me/").status_code for browser in [*others, client]] == [302, 302, 200]


def test_sessions_of_others_cannot_be_ended(client: Client, manager: User, sign_in: SignIn) -> None:
    sign_in()
    theirs = UserSession.objects.get()
    User.objects.create_user("kim", password="a-long-winding-road", is_staff=True)
    stranger = Client()
    sign_in("kim", by=stranger)

    assert stranger.post(f"/staff/me/sessions/{theirs.pk}/end/").status_code == 404
    assert client.get("/staff/me/").status_code == 200


@pytest.mark.parametrize("path", ["stay/", "me/sessions/end-others/", "me/sessions/1/end/"])
def test_opening_an_address_changes_nothing(
    client: Client, manager: User, sign_in: SignIn, path: str
) -> None:
    sign_in()

    assert client.get(f"/staff/{path}").status_code == 405


def test_roles_are_changed_by_who_has_just_shown_who_they_are(
    client: Client, manager: User, sign_in: SignIn, settings: Any, clock: Any
) -> None:
    settings.STAFF_FRESH_MINUTES = 10
    sign_in()
    at_once = client.get("/admin/auth/group/add/")
    clock.shift(11 * 60)
    asked = client.get("/admin/auth/group/add/")
    refused = client.post("/admin/auth/group/add/", {"name": "Late"})
    client.post("/staff/confirm/", {"password": "a-long-winding-road"})
    after = client.post("/admin/auth/group/add/", {"name": "In time"})

    assert at_once.status_code == 200
    assert asked.url == "/staff/confirm/?next=%2Fadmin%2Fauth%2Fgroup%2Fadd%2F"
    assert refused.url.startswith("/staff/confirm/")
    assert after.url == "/admin/auth/group/"


def test_name_and_languages_are_ones_own_to_change(client: Client, manager: User, clock: Any):
    client.force_login(manager)
    said = {"first_name": "Robin", "last_name": "Hale", "languages": "English, Spanish"}

    response = client.post("/staff/me/", said, follow=True)

    assert "Your name and languages are saved." in response.text
    assert 'value="English, Spanish"' in response.text
    manager.refresh_from_db()
    assert (manager.first_name, manager.last_name) == ("Robin", "Hale")
    assert "English, Spanish" in client.get("/admin/auth/user/").text


def test_name_that_is_too_long_is_a_sentence_and_is_not_in_the_header(
    client: Client, manager: User, clock: Any
):
    client.force_login(manager)

    page = client.post("/staff/me/", {"first_name": "x" * 200, "languages": ""}).text

    assert "at most 150 characters" in page
    assert "x" * 200 not in page.split("<main")[0]


def make_passkey(user: User, name: str) -> Authenticator:
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.WEBAUTHN, data={"name": name, "credential": {}}
    )


@pytest.mark.parametrize(("verb", "sent"), [("remove", {}), ("edit", {"name": "Laptop"})])
def test_change_of_a_passkey_leads_back(
    client: Client, manager: User, verb: str, sent: dict[str, str]
) -> None:
    make_passkey(manager, "Phone")
    key = make_passkey(manager, "Old laptop")
    client.force_login(manager)

    back = client.post(f"/staff/2/webauthn/keys/{key.pk}/{verb}/", sent, follow=True)

    assert back.status_code == 200
    assert back.redirect_chain[-1][0] == "/staff/me/"
    assert "Old laptop" not in back.text


def test_list_of_second_steps_is_on_one_s_own_page(client: Client, manager: User, sign_in: SignIn) -> None:
    sign_in()

    assert [client.get(path).url for path in ("/staff/2/", "/staff/2/webauthn/")] == ["/staff/me/"] * 2
