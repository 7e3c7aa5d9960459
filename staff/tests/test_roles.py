"""The matrix, its page in the docs, and the groups made from it."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command

from booking import scope
from staff import roles
from staff.roles import Line, Matrix, read_matrix, sync_roles, write_page

PAGE = Path(__file__).parents[2] / "docs" / "roles.md"


def test_page_of_the_docs_is_written_from_the_matrix() -> None:
    assert PAGE.read_text(encoding="utf-8") == write_page()


def test_matrix_hides_what_the_code_hides() -> None:
    hidden = read_matrix().hidden

    assert {one.field for one in hidden} == scope.CLINICAL_FIELDS
    assert {one.needs for one in hidden} == {scope.ANSWERS}


@pytest.mark.django_db
def test_matrix_says_of_each_page_of_the_admin_who_may_do_what() -> None:
    from django.contrib import admin

    named = {line.permission for line in read_matrix().lines}
    # What nobody does by a form anyway is not worth a line.
    left_out = {"add_waitlistentry", "delete_waitlistentry", "add_badaddress", "change_badaddress"} | {
        f"{verb}_outboxmessage" for verb in ("add", "delete")
    }

    registered = {
        f"{model._meta.app_label}.{verb}_{model._meta.model_name}"
        for model in admin.site._registry
        for verb in model._meta.default_permissions
        if f"{verb}_{model._meta.model_name}" not in left_out
    }

    assert registered <= named


@pytest.mark.django_db
def test_each_role_has_what_the_matrix_says() -> None:
    sync_roles()

    for role, name in read_matrix().roles.items():
        user = User.objects.create_user(role)
        user.groups.add(Group.objects.get(name=name))
        assert user.get_all_permissions() == read_matrix().permissions_of(role)


@pytest.mark.django_db
def test_syncing_again_takes_away_what_the_matrix_does_not_have_and_nobody_out_of_a_group() -> None:
    sync_roles()
    group = Group.objects.get(name="Editor")
    member = User.objects.create_user("member")
    member.groups.add(group)
    group.permissions.add(Permission.objects.get(codename="view_patient"))
    other = Group.objects.create(name="Our own group")

    call_command("sync_roles", verbosity=0)

    assert not group.permissions.filter(codename="view_patient").exists()
    assert list(member.groups.all()) == [group]
    assert Group.objects.filter(pk=other.pk).exists()


@pytest.mark.django_db
def test_permission_that_no_model_has_stops_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(part="Visits", permission="booking.fly", what="Fly", roles=("editor",))
    matrix = Matrix(roles={"editor": "Editor"}, lines=(line,), hidden=())
    monkeypatch.setattr(roles, "read_matrix", lambda: matrix)

    with pytest.raises(CommandError, match=r"booking\.fly"):
        call_command("sync_roles")

    assert not Group.objects.exists()
