"""Invitations: by mail or by the command, once, for three days."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.test import Client

from outbox.models import OutboxMessage
from outbox.registry import Superseded
from staff import inviting, mail
from staff.models import Invitation
from staff.tests.conftest import SignIn

NEW_PASSWORD = "another-winding-road"


@pytest.fixture
def invitation(db: None, clock: Any) -> Invitation:
    return inviting.invite(email="kim@example.org", first_name="Kim", last_name="Park")


def read_path(message: OutboxMessage) -> str:
    found = re.search(r"(/staff/\S+)", str(mail.compose_invited(message).body))
    assert found
    return found[1]


def newest() -> OutboxMessage:
    return OutboxMessage.objects.filter(kind=inviting.INVITED).order_by("-version")[0]


def test_manager_invites_somebody_with_a_role(client: Client, manager: User, sign_in: SignIn) -> None:
    role = Group.objects.create(name="Front desk")
    sign_in()
    form = {"first_name": "Kim", "last_name": "Park", "email": "kim@example.org", "groups": [role.pk]}

    response = client.post("/admin/staff/invitation/add/", form)

    invited = User.objects.get(email="kim@example.org")
    assert response.url == "/admin/staff/invitation/"
    assert list(invited.groups.all()) == [role]
    assert (invited.is_active, invited.is_superuser, invited.has_usable_password()) == (False, False, False)
    assert "kim@example.org" in client.get("/admin/staff/invitation/").text


def test_email_that_no_user_name_can_hold_is_refused_in_words(
    client: Client, manager: User, sign_in: SignIn
) -> None:
    """An account's name is its email, and shorter than emails may be."""
    role = Group.objects.create(name="Front desk")
    sign_in()
    email = f"kim@{'a' * 60}.{'b' * 60}.{'c' * 40}.org"
    form = {"first_name": "Kim", "last_name": "Park", "email": email, "groups": [role.pk]}

    response = client.post("/admin/staff/invitation/add/", form)

    assert response.status_code == 200
    assert "at most 150 characters" in response.text
    assert not User.objects.filter(email=email).exists()


def test_nobody_gives_away_more_than_they_have(client: Client, manager: User, sign_in: SignIn) -> None:
    User.objects.update(is_superuser=False)
    manager.user_permissions.add(Permission.objects.get(codename="add_invitation"))
    role = Group.objects.create(name="Owner")
    role.permissions.add(Permission.objects.get(codename="delete_user"))
    sign_in()
    form = {"first_name": "Kim", "last_name": "Park", "email": "kim@example.org", "groups": [role.pk]}

    response = client.post("/admin/staff/invitation/add/", form)

    assert "it may do more than you" in response.text
    assert not Invitation.objects.exists()


def test_without_the_permission_nobody_invites(client: Client, manager: User, sign_in: SignIn) -> None:
    User.objects.update(is_superuser=False)
    sign_in()

    assert client.get("/admin/staff/invitation/add/").status_code == 403


def test_link_sets_the_password_once(client: Client, invitation: Invitation, sign_in: SignIn) -> None:
    path = read_path(newest())

    opened = client.get(path)
    sleeping = User.objects.get(email="kim@example.org").is_active
    response = client.post(path, {"password": NEW_PASSWORD})
    again = Client().post(path, {"password": "yet-another-road"})

    assert opened.status_code == 200
    assert not sleeping
    assert response.url == "/staff/second-step/"
    assert client.get("/staff/me/").status_code == 200
    assert again.status_code == 404
    assert sign_in("kim@example.org", NEW_PASSWORD, by=Client()).status_code == 302


def test_weak_password_is_refused(client: Client, invitation: Invitation) -> None:
    response = client.post(read_path(newest()), {"password": "12345678"})

    assert response.status_code == 200
    assert response.context["form"].errors
    assert not User.objects.get(email="kim@example.org").is_active


def test_link_ends_after_three_days(client: Client, invitation: Invitation, clock: Any) -> None:
    path = read_path(newest())
    clock.shift(timedelta(days=3))

    assert client.get(path).status_code == 404


def test_revoked_link_is_dead_and_its_mail_does_not_leave(client: Client, invitation: Invitation) -> None:
    path = read_path(newest())

    assert inviting.revoke(invitation)

    assert client.get(path).status_code == 404
    with pytest.raises(Superseded):
        mail.compose_invited(newest())


def test_new_link_ends_the_old_one(client: Client, invitation: Invitation) -> None:
    old = read_path(newest())

    assert inviting.send_again(invitation)

    assert client.get(old).status_code == 404
    assert client.get(read_path(newest())).status_code == 200


def test_no_row_holds_the_link(invitation: Invitation) -> None:
    token = read_path(newest()).split("/")[-2]

    kept = Invitation.objects.values().get()
    assert token not in str(kept)
    assert "example.org" not in str(OutboxMessage.objects.values("kind", "subject_id", "recipient").get())


def test_command_prints_a_link_for_the_first_administrator(client: Client, db: None, capsys: Any) -> None:
    call_command("invite_admin", email="owner@example.org")
    first = capsys.readouterr().out.strip()
    call_command("invite_admin", email="owner@example.org")
    second = capsys.readouterr().out.strip()

    def path_of(url: str) -> str:
        return url[url.index("/staff/") :]

    assert client.get(path_of(first)).status_code == 404
    assert client.post(path_of(second), {"password": NEW_PASSWORD}).status_code == 302
    assert User.objects.get().is_superuser
    with pytest.raises(CommandError):
        call_command("invite_admin", email="owner@example.org")
