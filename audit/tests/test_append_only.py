"""The database refuses to change or remove what was recorded, whoever asks by way of the application."""

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations import AlterField
from django.db.migrations.loader import MigrationLoader
from django.db.models.deletion import ProtectedError

from audit import checks
from audit.models import BreakGlass, Entry, Shown

ON_SQLITE = connection.vendor == "sqlite"


@pytest.fixture
def entry(db: None, django_user_model: Any) -> Entry:
    user = django_user_model.objects.create_user("front")
    made = Entry.objects.create(kind=Entry.Kind.LISTED, action=Entry.Action.ACCESS, actor=user)
    Shown.objects.create(entry=made, patient_id=7)
    BreakGlass.objects.create(
        user=user, patient_id=7, reason="On call for a colleague", expires_at=made.timestamp
    )
    return made


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("table", ["audit_entry", "audit_shown", "audit_breakglass"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_sql_changes_nothing(entry: Entry, table: str, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        run(statement.format(table))

    assert (Entry.objects.filter(pk=entry.pk).count(), Shown.objects.count()) == (1, 1)


@pytest.mark.skipif(ON_SQLITE, reason="SQLite has no TRUNCATE")
def test_truncate_is_refused(db: None) -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        run("TRUNCATE audit_entry, audit_shown, audit_breakglass")


def test_an_insert_replaces_nothing(entry: Entry) -> None:
    columns = "id, patient_id, entry_id"
    replace = (
        f"INSERT OR REPLACE INTO audit_shown ({columns}) SELECT id, 8, entry_id FROM audit_shown"
        if ON_SQLITE
        else f"INSERT INTO audit_shown ({columns}) SELECT id, 8, entry_id FROM audit_shown "
        "ON CONFLICT (id) DO UPDATE SET patient_id = 8"
    )

    with pytest.raises(DatabaseError, match="append-only"):
        run(replace)

    assert Shown.objects.get().patient_id == 7


def test_the_orm_says_so_itself(entry: Entry) -> None:
    entry.page = "other"

    for change in (entry.save, entry.delete, Entry.objects.all().delete):
        with pytest.raises(TypeError, match="append-only"):
            change()
    with pytest.raises(TypeError, match="append-only"):
        Entry.objects.update(page="other")


def test_somebody_who_did_something_is_never_deleted(entry: Entry) -> None:
    with pytest.raises(ProtectedError):
        entry.actor.delete()


def test_survives_changes_of_the_table(transactional_db: None) -> None:
    # As a migration would: on SQLite each change makes the table anew.
    before = MigrationLoader(connection).project_state()
    after = before.clone()
    longer = AlterField("entry", "page", models.CharField(max_length=120, blank=True, default=""))
    longer.state_forwards("audit", after)

    with connection.schema_editor() as editor:
        longer.database_forwards("audit", editor, before, after)
    missing = checks.find_missing_triggers(connection)
    with connection.schema_editor() as editor:
        longer.database_backwards("audit", editor, after, before)

    assert missing == []
    assert checks.find_missing_triggers(connection) == []


def test_a_start_without_the_triggers_fails(db: None) -> None:
    drop = "DROP TRIGGER audit_entry_append_only_delete"
    run(drop if ON_SQLITE else f"{drop} ON audit_entry")

    with pytest.raises(SystemCheckError, match="audit_entry_append_only_delete"):
        call_command("check", databases=["default"])


@pytest.mark.skipif(ON_SQLITE, reason="SQLite cannot switch a trigger off")
def test_a_trigger_that_is_switched_off_is_missing(db: None) -> None:
    run("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_append_only_update")

    assert checks.find_missing_triggers(connection) == ["audit_entry_append_only_update"]


def test_tables_are_emptied_between_tests_and_guarded_after(transactional_db: None, entry: Entry) -> None:
    call_command("flush", interactive=False)

    assert not Entry.objects.exists()
    assert checks.find_missing_triggers(connection) == []
