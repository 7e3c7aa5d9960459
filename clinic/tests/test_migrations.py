"""A migration runs while the old code still works: it may lock nothing for long, and take nothing away.

django-migration-linter reads the SQL. CONTRIBUTING.md says how to do it instead.
"""

from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django_migration_linter.migration_linter import MigrationLinter
from django_migration_linter.sql_analyser.analyser import analyse_sql_statements, get_sql_analyser_class

from clinic.indexes import AddIndexAside
from clinic.management.commands import prepare
from clinic.run import ROOT

ON_POSTGRESQL = connection.vendor == "postgresql"
OURS = {path.name for path in ROOT.iterdir() if (path / "migrations").is_dir()}
# SQLite remakes a table to change it, with all its columns and indexes: the linter takes them for new ones.
# What is new in them, it sees on PostgreSQL.
REMADE = () if ON_POSTGRESQL else ("NOT_NULL", "ADD_UNIQUE")
# These ran on no practice's data: nothing was released before them. Later ones have no excuse.
BEFORE_THE_FIRST_RELEASE = {
    ("booking", "0002_rename_visit_lookup"): "tries are counted for more than one form: another name",
    ("booking", "0003_the_patients_journey"): "the tables that get an index had no rows",
    ("booking", "0005_time_series"): "the table that gets an index had no rows",
    ("booking", "0014_longer_article_names"): "a longer varchar: PostgreSQL rewrites and scans nothing",
    (
        "education",
        "0002_status_and_language",
    ): "a word takes the place of yes and no; articles came from files",
    ("outbox", "0002_delivery"): "the table that gets an index had no rows",
}


def find_complaints(
    migration: migrations.Migration, state: ProjectState, *, linter: MigrationLinter
) -> tuple[set[str], ProjectState]:
    """Return what the linter says against a migration, warnings as well, and the state after it."""
    with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
        state = migration.apply(state, editor, collect_sql=True)
    # As sqlmigrate shows it.
    around = ("BEGIN;", "COMMIT;") if migration.atomic else ("", "")
    statements = [around[0], *editor.collected_sql, around[1]]
    analyser = get_sql_analyser_class(settings.DATABASES["default"]["ENGINE"])
    by_sql = analyse_sql_statements(analyser, statements, REMADE)
    by_code = linter.analyse_data_migration(migration)
    issues = [issue for errors, _ignored, warnings in (by_sql, by_code) for issue in [*errors, *warnings]]
    return {issue.code for issue in issues}, state


@pytest.fixture
def linter(transactional_db: None) -> MigrationLinter:
    return MigrationLinter(no_cache=True, no_output=True)


@pytest.mark.django_db(transaction=True)
def test_no_migration_stops_the_clinic(linter: MigrationLinter) -> None:
    loader = MigrationLoader(connection)
    state, complaints = ProjectState(), {}

    for key in loader.graph._generate_plan(loader.graph.leaf_nodes(), at_end=True):
        found, state = find_complaints(loader.graph.nodes[key], state, linter=linter)
        if found and key[0] in OURS:
            complaints[key] = found

    assert {key: found for key, found in complaints.items() if key not in BEFORE_THE_FIRST_RELEASE} == {}
    if ON_POSTGRESQL:
        # Whoever is excused here needs it.
        assert complaints.keys() == BEFORE_THE_FIRST_RELEASE.keys()


def text(**options: Any) -> Any:
    return models.CharField(max_length=20, **options)


@pytest.mark.skipif(not ON_POSTGRESQL, reason="It sees all of these on PostgreSQL only")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("operation", "complaints"),
    [
        (migrations.AddField("room", "floor", text(null=True)), set()),
        (migrations.AddField("room", "floor", text(default="", db_default="")), set()),
        (migrations.AddField("room", "floor", text(default="")), {"NOT_NULL"}),
        (migrations.RemoveField("room", "name"), {"DROP_COLUMN"}),
        (migrations.RenameField("room", "name", "label"), {"RENAME_COLUMN"}),
        (migrations.RenameModel("Attempt", "Try"), {"RENAME_TABLE"}),
        (migrations.DeleteModel("KeptTime"), {"DROP_TABLE"}),
        (migrations.AlterField("room", "name", models.CharField(max_length=200)), {"ALTER_COLUMN"}),
        (migrations.AddIndex("room", models.Index(fields=["name"], name="room_name")), {"CREATE_INDEX"}),
        (AddIndexAside("room", models.Index(fields=["name"], name="room_name")), set()),
        (migrations.RunPython(lambda apps, schema_editor: None), {"RUNPYTHON_REVERSIBLE"}),
    ],
    ids=lambda value: "" if isinstance(value, set) else type(value).__name__,
)
def test_what_the_linter_sees(operation: Any, complaints: set[str], linter: MigrationLinter) -> None:
    loader = MigrationLoader(connection)
    body = {"operations": [operation], "atomic": not isinstance(operation, AddIndexAside)}
    migration = type("Migration", (migrations.Migration,), body)

    found, _state = find_complaints(migration("9999_next", "booking"), loader.project_state(), linter=linter)

    assert found == complaints


@pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite has one lock for all, and a time limit of its own")
@pytest.mark.django_db(transaction=True)
def test_a_migration_that_would_keep_others_waiting_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "LOCK_TIMEOUT", "200ms")
    somebody = connection.copy()
    try:
        with somebody.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE booking_availability_version")

        with pytest.raises(CommandError, match="and gave up"):
            call_command("prepare")
    finally:
        somebody.close()


@pytest.mark.django_db(transaction=True)
def test_an_index_is_made_beside_what_goes_on() -> None:
    before = MigrationLoader(connection).project_state()
    operation = AddIndexAside("room", models.Index(fields=["name"], name="room_name"))
    after = before.clone()
    operation.state_forwards("booking", after)

    def list_indexes() -> set[str]:
        with connection.cursor() as cursor:
            return set(connection.introspection.get_constraints(cursor, "booking_room"))

    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("booking", editor, before, after)
    made = list_indexes()
    with connection.schema_editor(atomic=False) as editor:
        # Once more, as after one that was cut off.
        if ON_POSTGRESQL:
            operation.database_forwards("booking", editor, before, after)
        operation.database_backwards("booking", editor, after, before)

    assert ("room_name" in made, "room_name" in list_indexes()) == (True, False)
