"""Secrets of authenticator apps, as they lie in the database."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.test import Client

from staff import sealing
from staff.tests.conftest import NOW, SECRET, SignIn, code_at


def test_what_is_sealed_can_be_read_back_and_never_looks_the_same():
    first, second = sealing.seal(SECRET), sealing.seal(SECRET)

    assert SECRET not in first
    assert first != second
    assert sealing.unseal(first) == sealing.unseal(second) == SECRET


def test_key_that_was_replaced_still_opens_while_it_is_a_fallback(settings: Any):
    sealed = sealing.seal(SECRET)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, as long as it is random, " * 2
    assert sealing.unseal(sealed) == SECRET

    settings.SECRET_KEY_FALLBACKS = []
    assert sealing.unseal(sealed) != SECRET


@pytest.mark.parametrize("text", ["", "x", "gAAAA", "é", SECRET])
def test_what_cannot_be_opened_is_a_secret_that_nobody_can_know(text: str):
    """An empty one would be known to everybody, and so would its codes."""
    first, second = sealing.unseal(text), sealing.unseal(text)

    assert len(first) == len(second) == 32
    assert len({first, second, text}) == 3


@pytest.mark.django_db
def test_code_of_the_app_signs_in_and_its_secret_is_not_in_the_database(
    client: Client, manager: User, app: Authenticator, sign_in: SignIn, required: None, clock: Any
):
    assert SECRET not in str(Authenticator.objects.values())

    sign_in()
    response = client.post("/staff/2/authenticate/", {"code": code_at(NOW)})

    assert response.status_code == 302
    assert client.get("/staff/me/").status_code == 200
