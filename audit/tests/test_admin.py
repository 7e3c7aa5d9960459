"""The audit trail as managers see it: narrowed, in words, as a file; and recorded itself."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import BreakGlass, Entry, Shown

LIST = "/admin/audit/entry/"
EXPORT = "/admin/audit/entry/export/"
Kind = Entry.Kind


def make_user(name: str, *permissions: str) -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


@pytest.fixture
def manager(db: None) -> User:
    return make_user("manager", "view_entry", "export_entry", "view_breakglass")


@pytest.fixture
def reader(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


@pytest.fixture
def front(db: None) -> User:
    return make_user("front")


def write(user: User | None, *, shown: tuple[int, ...] = (), **fields: Any) -> Entry:
    entry: Entry = Entry.objects.create(
        **{"kind": Kind.OPENED, "action": Entry.Action.ACCESS, "actor": user, "page": "desk:visit", **fields}
    )
    Shown.objects.bulk_create(Shown(entry=entry, patient_id=number) for number in shown)
    return entry


def list_found(response: Any) -> set[int]:
    return {entry.pk for entry in response.context["cl"].result_list}


def test_finds_who_has_seen_a_patient_lists_included(reader: Client, front: User) -> None:
    opened = write(front, patient_id=7)
    listed = write(front, kind=Kind.LISTED, shown=(6, 7))
    write(front, patient_id=6)

    by_filter = reader.get(LIST, {"patient": "7"})
    reading = Entry.objects.get(kind=Kind.SEARCHED, actor__username="manager")
    by_number = reader.get(LIST, {"q": "7"})

    assert list_found(by_filter) == {opened.pk, listed.pk}
    assert list_found(by_number) == {opened.pk, listed.pk, reading.pk}


def test_finds_a_visit_by_its_reference(reader: Client, front: User) -> None:
    opened = write(front, object_repr="K7M-4RT")
    write(front, object_repr="K7M-4RU")

    assert list_found(reader.get(LIST, {"q": "k7m-4rt"})) == {opened.pk}


@pytest.mark.parametrize("typed", ["x", "-1", "9" * 40, "7' OR 1=1", "²"])
def test_a_patient_that_is_no_number_finds_nothing(reader: Client, front: User, typed: str) -> None:
    write(front, patient_id=7)

    assert list_found(reader.get(LIST, {"patient": typed})) == set()


def test_narrows_by_staff_and_by_what(reader: Client, front: User, manager: User) -> None:
    seen = write(front, patient_id=7)
    changed = write(front, kind=Kind.CHANGED, action=Entry.Action.UPDATE, patient_id=7)
    other = write(manager, patient_id=7)

    assert list_found(reader.get(LIST, {"patient": "7", "staff": front.pk})) == {seen.pk, changed.pk}
    assert list_found(reader.get(LIST, {"patient": "7", "what": "written"})) == {changed.pk}
    assert other.pk in list_found(reader.get(LIST, {"staff": manager.pk}))


def test_says_it_in_words(reader: Client, front: User) -> None:
    User.objects.filter(pk=front.pk).update(first_name="Jo", last_name="Marsh")
    write(
        front,
        kind=Kind.CHANGED,
        action=Entry.Action.UPDATE,
        content_type=ContentType.objects.get_for_model(User),
        object_pk="3",
        object_repr="robin",
        changes={"is_staff": ["False", "True"], "email": ["", ""], "gone": ["", ""]},
        page="",
    )
    write(None, kind=Kind.LISTED, shown=(1, 2), page="desk:day", detail="2026-12-01")

    told = " ".join(reader.get(LIST).content.decode().split())

    assert "Jo Marsh" in told
    assert "user robin" in told
    assert "email address, gone, staff status (False → True)" in told
    assert "2026-12-01, 2 patients" in told
    assert "desk, day" in told


def test_takes_as_many_queries_for_three_as_for_one(reader: Client, front: User) -> None:
    reader.get(LIST)
    write(front, shown=(1,))
    with CaptureQueriesContext(connection) as for_one:
        reader.get(LIST, {"staff": front.pk})
    write(front, shown=(1, 2, 3))
    write(make_user("other"), patient_id=3)

    with CaptureQueriesContext(connection) as for_three:
        reader.get(LIST, {"staff": front.pk})

    assert len(for_three) == len(for_one)


def test_reading_it_is_recorded(reader: Client, front: User, manager: User) -> None:
    entry = write(front, patient_id=7)

    reader.get(LIST, {"patient": "7"})
    reader.get(f"{LIST}{entry.pk}/change/")
    reader.get(EXPORT, {"patient": "7"})

    kinds = [
        one.kind for one in Entry.objects.filter(actor=manager).exclude(kind=Kind.SIGNED_IN).order_by("pk")
    ]
    assert kinds == [Kind.SEARCHED, Kind.OPENED, Kind.EXPORTED]
    assert Shown.objects.filter(patient_id=7, entry__actor=manager).count() == 2


def test_exports_what_the_list_shows_without_formulas(reader: Client, front: User) -> None:
    write(front, patient_id=7, object_repr="=1+1", content_type=None, detail="=HYPERLINK(1)")
    write(front, patient_id=8)

    response = reader.get(EXPORT, {"patient": "7"})

    header, line, *rest = response.content.decode().splitlines()
    assert header.startswith("when,who,what")
    assert ",front,Opened,," in line
    assert ",'=HYPERLINK(1)," in line
    assert rest == []
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("address", [LIST, EXPORT, "/admin/audit/breakglass/"])
def test_is_for_those_who_may(client: Client, front: User, address: str) -> None:
    client.force_login(front)

    assert client.get(address).status_code == 403


def test_seeing_it_is_not_taking_it_away(client: Client, db: None) -> None:
    client.force_login(make_user("onlooker", "view_entry"))

    page = client.get(LIST)

    assert client.get(EXPORT).status_code == 403
    assert "Export as CSV" not in page.content.decode()


def test_nothing_can_be_added_changed_or_deleted(client: Client, admin_user: User) -> None:
    client.force_login(admin_user)
    entry = write(admin_user, patient_id=7)

    answers = [
        client.get(f"{LIST}add/"),
        client.post(f"{LIST}{entry.pk}/change/", {"kind": "listed"}),
        client.post(f"{LIST}{entry.pk}/delete/", {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert "delete_selected" not in client.get(LIST).content.decode()


def test_shows_who_opened_whom_anyway_and_why(reader: Client, front: User) -> None:
    entry = write(front)
    BreakGlass.objects.create(
        user=front, patient_id=7, reason="On call for a colleague", expires_at=entry.timestamp
    )

    told = reader.get(reverse("admin:audit_breakglass_changelist")).content.decode()

    assert "On call for a colleague" in told
    assert Shown.objects.filter(patient_id=7).exists()


def test_export_by_an_address_that_was_made_up_exports_nothing(reader: Client) -> None:
    response = reader.get(EXPORT, {"anything": "1"})

    assert (response.status_code, response["Location"]) == (302, LIST)
    assert not Entry.objects.filter(kind=Kind.EXPORTED).exists()
