"""Sessions end: fifteen minutes unused, twelve hours in any case."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from staff.tests.conftest import SignIn


@pytest.fixture(autouse=True)
def idle(settings: Any, clock: Any) -> Any:
    settings.STAFF_IDLE_MINUTES = 15
    return clock


def test_unused_session_ends_and_leads_back(
    client: Client, manager: User, sign_in: SignIn, idle: Any
) -> None:
    sign_in()
    client.get("/admin/")
    idle.shift(timedelta(minutes=14, seconds=59))
    still = client.get("/admin/")
    idle.shift(timedelta(minutes=15))
    over = client.get("/admin/desk/?day=2026-11-24")

    assert still.status_code == 200
    assert over.url == "/staff/login/?next=%2Fadmin%2Fdesk%2F%3Fday%3D2026-11-24"
    assert "nobody used this page" in client.get(over.url).text


def test_refresh_of_the_desk_is_nobody(client: Client, manager: User, sign_in: SignIn, idle: Any) -> None:
    sign_in()
    client.get("/admin/desk/")
    for _half_minute in range(29):
        idle.shift(timedelta(seconds=30))
        client.get("/admin/desk/refresh/", headers={"HX-Request": "true"})
    idle.shift(timedelta(seconds=30))

    over = client.get(
        "/admin/desk/refresh/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/admin/desk/?day=2026-11-24"},
    )

    assert over.status_code == 204
    assert over["HX-Redirect"] == "/staff/login/?next=%2Fadmin%2Fdesk%2F%3Fday%3D2026-11-24"


def test_answering_the_question_keeps_the_session(
    client: Client, manager: User, sign_in: SignIn, idle: Any
) -> None:
    sign_in()
    client.get("/admin/")
    for _ in range(3):
        idle.shift(timedelta(minutes=14))
        assert client.post("/staff/stay/").status_code == 204

    assert client.get("/admin/").status_code == 200


def test_what_is_sent_too_late_is_said_not_to_be_saved(
    client: Client, manager: User, sign_in: SignIn, idle: Any
) -> None:
    sign_in()
    client.get("/admin/")
    idle.shift(timedelta(minutes=16))

    over = client.post(
        "/admin/auth/group/add/",
        {"name": "Late"},
        headers={"Referer": "http://testserver/admin/auth/group/add/"},
    )

    assert over.url == "/staff/login/?next=%2Fadmin%2Fauth%2Fgroup%2Fadd%2F"
    assert "Nothing was saved" in client.get(over.url).text


def test_working_day_ends_after_twelve_hours(
    client: Client, manager: User, sign_in: SignIn, idle: Any
) -> None:
    sign_in()
    for _ in range(71):
        client.get("/admin/")
        idle.shift(timedelta(minutes=10))
    before = client.get("/admin/")
    idle.shift(timedelta(minutes=10))
    after = client.get("/admin/")

    assert before.status_code == 200
    assert after.status_code == 302


def test_patients_pages_go_on(client: Client, manager: User, sign_in: SignIn, idle: Any) -> None:
    sign_in()
    client.get("/admin/")
    idle.shift(timedelta(hours=1))

    assert client.get("/privacy/").status_code == 200


def test_session_that_only_the_desk_itself_uses_ends_too(
    client: Client, manager: User, sign_in: SignIn, idle: Any
) -> None:
    sign_in()
    client.get("/admin/desk/refresh/", headers={"HX-Request": "true"})
    for _half_minute in range(30):
        idle.shift(timedelta(seconds=30))
        answer = client.get("/admin/desk/refresh/", headers={"HX-Request": "true"})

    assert "HX-Redirect" in answer
