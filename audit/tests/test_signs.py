"""Sign-ins, sign-outs and what failed; from where, as far as that can be trusted."""

from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from audit.current import read_address
from audit.models import Entry

PASSWORD = "a-long-password-for-tests"
Kind = Entry.Kind
LOGIN = "/admin/login/"


@pytest.fixture
def user(django_user_model: Any) -> Any:
    return django_user_model.objects.create_user(
        "front", email="front@example.org", password=PASSWORD, is_staff=True
    )


def list_entries(*kinds: str) -> list[Entry]:
    return list(Entry.objects.filter(kind__in=kinds).order_by("pk"))


def test_signing_in_and_out_is_told(client: Client, user: Any) -> None:
    client.login(username="front", password=PASSWORD)
    client.post(reverse("admin:logout"))

    signed_in, signed_out = list_entries(Kind.SIGNED_IN, Kind.SIGNED_OUT)
    assert (signed_in.kind, signed_in.actor, signed_in.object_repr) == (Kind.SIGNED_IN, user, "front")
    assert (signed_out.kind, signed_out.actor, signed_out.object_repr) == (Kind.SIGNED_OUT, user, "front")
    assert signed_out.remote_addr == "127.0.0.1"


def test_signing_in_changes_no_account(client: Client, user: Any) -> None:
    client.login(username="front", password=PASSWORD)

    assert [entry.kind for entry in list_entries(Kind.CHANGED)] == []


@pytest.mark.parametrize("typed", ["front", "FRONT@example.org"])
def test_a_failed_sign_in_names_the_account_and_nobody_who_did_it(
    client: Client, user: Any, typed: str
) -> None:
    client.login(username=typed, password="wrong")

    [failed] = list_entries(Kind.SIGN_IN_FAILED)
    assert (failed.object_id, failed.actor, failed.actor_kind) == (user.pk, None, "visitor")


@pytest.mark.parametrize("typed", ["my-secret-password", "😀" * 300, "' OR 1=1 --"])
def test_what_was_typed_by_mistake_is_not_kept(client: Client, user: Any, typed: str) -> None:
    client.login(username=typed, password=typed)

    [failed] = list_entries(Kind.SIGN_IN_FAILED)
    assert (failed.object_repr, failed.object_id) == ("", None)
    assert typed not in repr(list(Entry.objects.values_list()))


def test_a_new_password_is_told_without_it(user: Any) -> None:
    user.set_password("another-long-password")
    user.save()

    [changed] = list_entries(Kind.CHANGED)
    assert changed.changes == {"password": ["", ""]}


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "127.0.0.1"),  # written by the client
        (1, "198.51.100.7, 203.0.113.9", "203.0.113.9"),
        (1, "not an address", None),
        (1, "", "127.0.0.1"),
    ],
)
def test_a_forged_header_changes_nothing(
    settings: Any, rf: RequestFactory, proxies: int, forwarded: str, address: str | None
) -> None:
    settings.TRUSTED_PROXIES = proxies

    assert read_address(rf.get("/", headers={"X-Forwarded-For": forwarded})) == address


def test_nobody_is_refused_who_is_not_signed_in(db: None, client: Client) -> None:
    Client(enforce_csrf_checks=True).post(LOGIN, {})

    assert list_entries(Kind.REFUSED) == []
