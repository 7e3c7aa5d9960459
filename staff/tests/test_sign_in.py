"""/staff/login/: by name or email, with a second step, and only so often."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from staff import limits
from staff.models import SignInTry
from staff.tests.conftest import NOW, PASSWORD, SignIn, code_at


@pytest.mark.parametrize("login", ["robin", "robin@example.org", "Robin@Example.org"])
def test_name_or_email_and_password_lead_back_to_the_page(client: Client, manager: User, login: str) -> None:
    form = {"login": login, "password": PASSWORD, "next": "/admin/outbox/"}

    response = client.post("/staff/login/", form)

    assert response.url == "/admin/outbox/"
    assert client.get("/admin/").status_code == 200


def test_login_of_the_admin_is_ours(client: Client, db: None) -> None:
    assert client.get("/admin/login/?next=/admin/desk/").url == "/staff/login/?next=%2Fadmin%2Fdesk%2F"


def test_no_way_leads_to_another_site(client: Client, manager: User) -> None:
    form = {"login": "robin", "password": PASSWORD, "next": "https://evil.example/"}

    assert client.post("/staff/login/", form).url == "/admin/"


@pytest.mark.parametrize(
    "path", ["signup/", "email/", "login/code/", "signup/passkey/", "2/webauthn/signup/", "social/"]
)
def test_nobody_signs_up(client: Client, db: None, path: str) -> None:
    assert client.get(f"/staff/{path}").status_code == 404


def test_wrong_password_and_unknown_name_get_the_same_answer(manager: User, sign_in: SignIn) -> None:
    wrong, unknown = sign_in(password="wrong-one"), sign_in("nobody", "wrong-one")

    def words(response: Any) -> list[str]:
        return list(response.context["form"].non_field_errors())

    assert wrong.status_code == unknown.status_code == 200
    assert words(wrong) == words(unknown) != []


def test_app_code_is_the_second_step(client: Client, app: Authenticator, clock: Any, sign_in: SignIn) -> None:
    first = sign_in()
    between = client.get("/admin/")
    second = client.post("/staff/2/authenticate/", {"code": code_at(NOW)})

    assert first.url.startswith("/staff/2/authenticate/")
    assert between.status_code == 302
    assert second.url == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_each_code_works_once_even_in_another_process(
    app: Authenticator, clock: Any, sign_in: SignIn
) -> None:
    thief, owner = Client(), Client()
    for browser in (owner, thief):
        sign_in(by=browser)

    first = owner.post("/staff/2/authenticate/", {"code": code_at(NOW)})
    cache.clear()  # what another process knows
    again = thief.post("/staff/2/authenticate/", {"code": code_at(NOW)})
    older = thief.post("/staff/2/authenticate/", {"code": code_at(NOW - timedelta(seconds=30))})
    clock.shift(30)
    next_one = thief.post("/staff/2/authenticate/", {"code": code_at(NOW + timedelta(seconds=30))})

    assert [first.status_code, again.status_code, older.status_code, next_one.status_code] == [
        302,
        200,
        200,
        302,
    ]


def test_codes_cannot_be_guessed(client: Client, app: Authenticator, clock: Any, sign_in: SignIn) -> None:
    sign_in()
    for number in range(limits.CODES):
        client.post("/staff/2/authenticate/", {"code": f"{number:06}"})

    refused = client.post("/staff/2/authenticate/", {"code": code_at(NOW)})
    clock.shift(limits.WINDOW)
    later = client.post("/staff/2/authenticate/", {"code": code_at(NOW + limits.WINDOW)})

    assert refused.status_code == 200
    assert "too many wrong tries" in refused.text
    assert later.status_code == 302


def test_guessing_stops_and_the_owner_gets_in_from_elsewhere(manager: User, sign_in: SignIn) -> None:
    guesser, owner = Client(REMOTE_ADDR="198.51.100.7"), Client(REMOTE_ADDR="203.0.113.9")
    answers = [
        guesser.post(
            "/staff/login/",
            {"login": ["robin", "robin@example.org"][number % 2], "password": f"wrong-{number}"},
            headers={"X-Forwarded-For": f"192.0.2.{number}"},
        )
        for number in range(50)
    ]
    right_but_late = sign_in(by=guesser)

    stopped_at = next(n for n, answer in enumerate(answers) if "too many wrong tries" in answer.text)
    assert stopped_at == limits.PER_ACCOUNT_HERE < 20
    assert right_but_late.status_code == 200
    assert sign_in(by=owner).status_code == 302


def test_guessing_from_many_networks_leaves_known_devices_alone(
    manager: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PER_ACCOUNT", 5)
    known, unknown = Client(REMOTE_ADDR="203.0.113.9"), Client(REMOTE_ADDR="203.0.113.10")
    sign_in(by=known)
    known.post("/staff/logout/")
    for number in range(6):
        sign_in(password="wrong-one", by=Client(REMOTE_ADDR=f"198.51.100.{number}"))

    assert sign_in(by=unknown).status_code == 200
    assert sign_in(by=known).status_code == 302


def test_forged_device_is_no_known_device(manager: User, sign_in: SignIn, rf: Any) -> None:
    request = rf.post("/staff/login/")
    request.COOKIES[limits.DEVICE_COOKIE] = '["1", "made-up"]:forged:signature'

    assert limits.read_device(request, account=str(manager.pk)) == ""


def test_one_network_cannot_try_many_accounts(db: None, sign_in: SignIn) -> None:
    answers = [sign_in(f"name-{number}", "wrong-one") for number in range(limits.PER_NETWORK + 1)]

    assert "too many wrong tries" not in answers[-2].text
    assert "too many wrong tries" in answers[-1].text


def test_tries_keep_neither_names_nor_addresses(manager: User, sign_in: SignIn) -> None:
    sign_in(password="wrong-one")

    kept = " ".join(SignInTry.objects.values_list("key", flat=True))
    assert kept
    assert "robin" not in kept
    assert "127.0.0.1" not in kept


def test_deactivated_user_is_out_at_the_next_click(client: Client, manager: User, sign_in: SignIn) -> None:
    sign_in()
    User.objects.update(is_active=False)

    pages = [client.get(path) for path in ("/admin/", "/admin/desk/", "/admin/desk/refresh/", "/staff/me/")]

    assert {page.status_code for page in pages} == {302}
    assert "/staff/login/" in client.get("/staff/me/").url
    assert "/staff/inactive/" in sign_in(by=Client()).url
