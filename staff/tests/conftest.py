"""Staff who sign in, and what they sign in with."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from booking.tests import practice
from staff.tests.scene import Scene, make_scene

PASSWORD = "a-long-winding-road"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)

SignIn = Callable[..., HttpResponse]


@pytest.fixture
def scene(db: None) -> Iterator[Scene]:
    with time_machine.travel(practice.NOW, tick=False):
        yield make_scene()


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def required(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def manager(db: None) -> User:
    return User.objects.create_superuser("robin", "robin@example.org", PASSWORD)


@pytest.fixture
def app(manager: User) -> Authenticator:
    return TOTP.activate(manager, SECRET).instance


@pytest.fixture
def sign_in(client: Client) -> SignIn:
    def sign_in(login: str = "robin", password: str = PASSWORD, *, by: Client = client, **more: Any) -> Any:
        return by.post("/staff/login/", {"login": login, "password": password, **more})

    return sign_in


def code_at(moment: datetime) -> str:
    return format_hotp_value(hotp_value(SECRET, int(moment.timestamp()) // 30))
