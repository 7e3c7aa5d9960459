"""Nothing of staff is reached without the second step."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, format_hotp_value, hotp_value
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from audit.models import Entry
from staff.second_factor import ALLOWED
from staff.tests.conftest import NOW, SignIn, code_at

VALUES = {"int": "1", "path": "1", "str": "x", "slug": "x"}


def list_pages() -> list[str]:
    """Every address below /admin/ and /staff/me/, from the urlconf, so that a new one is asked too."""
    found: list[str] = []

    def walk(patterns: list[Any], prefix: str, namespace: str) -> None:
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                space = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                walk(pattern.url_patterns, path, space)
            elif isinstance(pattern, URLPattern) and path.startswith(("admin/", "staff/me/")):
                if f"{namespace}{pattern.name}" in ALLOWED or pattern.name in (None, "login"):
                    continue
                for converter, value in VALUES.items():
                    for name in pattern.pattern.converters:
                        path = path.replace(f"<{converter}:{name}>", value)
                found.append("/" + path)

    walk(get_resolver().url_patterns, "", "")
    return [path for path in found if "(" not in path and "<" not in path]


def test_the_table_of_pages_is_no_short_one() -> None:
    pages = list_pages()

    assert len(pages) > 80
    assert "/admin/desk/refresh/" in pages


def test_password_alone_reaches_no_page(
    required: None, manager: User, client: Client, sign_in: SignIn
) -> None:
    sign_in()

    answers = {path: client.get(path) for path in list_pages()}

    elsewhere = {
        path: answer.status_code
        for path, answer in answers.items()
        if not (answer.status_code == 302 and answer.url.startswith("/staff/second-step/"))
    }
    assert elsewhere == {}


def test_password_alone_changes_nothing(
    required: None, manager: User, client: Client, sign_in: SignIn
) -> None:
    sign_in()

    response = client.post("/admin/auth/group/add/", {"name": "Thieves"})

    assert response.url.startswith("/staff/second-step/")


@pytest.mark.django_db(transaction=True)  # it is noted when the second step is committed
def test_set_up_leads_on_and_opens_the_pages(
    required: None, manager: User, client: Client, sign_in: SignIn, clock: Any
) -> None:
    sign_in()
    page = client.get("/staff/second-step/?next=/admin/desk/")
    client.get("/staff/2/totp/activate/")
    secret = client.session[SECRET_SESSION_KEY]
    code = format_hotp_value(hotp_value(secret, int(NOW.timestamp()) // 30))
    response = client.post("/staff/2/totp/activate/", {"code": code})

    codes = client.get(response.url).text

    assert page.status_code == 200
    assert response.status_code == 302
    assert "Each works once." in codes
    assert "10 of 10 are left." in codes
    assert '<a class="button default" href="/admin/">Go on</a>' in codes
    assert client.get("/admin/").status_code == 200
    assert Authenticator.objects.filter(type=Authenticator.Type.RECOVERY_CODES).exists()


def test_session_from_elsewhere_is_nobody_where_a_second_step_is_set_up(
    required: None, app: Authenticator, client: Client, manager: User
) -> None:
    client.force_login(manager)

    assert "/login/" in client.get("/admin/").url
    assert "/login/" in client.get("/staff/2/webauthn/add/").url


def test_only_second_step_cannot_be_removed(
    required: None, app: Authenticator, client: Client, sign_in: SignIn, clock: Any
) -> None:
    sign_in()
    client.post("/staff/2/authenticate/", {"code": code_at(NOW)})
    client.post("/staff/2/totp/deactivate/", {})

    assert Authenticator.objects.filter(pk=app.pk).exists()


def test_patients_pages_do_not_know_a_half_signed_in_user(
    required: None, manager: User, client: Client, sign_in: SignIn
) -> None:
    sign_in()

    response = client.get(reverse("privacy"))

    assert response.status_code == 200
    assert response.wsgi_request.user.is_anonymous


@pytest.mark.parametrize("path", ["/admin/", "/admin/desk/", "/staff/me/"])
def test_nobody_is_led_to_sign_in_and_back(client: Client, db: None, path: str) -> None:
    response = client.get(path, follow=True)

    assert response.redirect_chain[-1][0].startswith("/staff/login/?next=")


def test_wrong_code_and_one_that_was_used_are_told_in_the_trail(
    required: None, app: Authenticator, manager: User, sign_in: SignIn, clock: Any
) -> None:
    for code in (code_at(NOW), "000000", code_at(NOW)):
        client = Client()
        sign_in(by=client)
        client.post("/staff/2/authenticate/", {"code": code})

    failed = Entry.objects.filter(kind=Entry.Kind.SIGN_IN_FAILED)
    assert [(entry.object_id, entry.actor, entry.actor_kind) for entry in failed] == [
        (manager.pk, None, "visitor")
    ] * 2
    assert code_at(NOW) not in repr(list(failed.values_list()))
