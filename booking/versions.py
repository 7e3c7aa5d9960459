"""Versions of what availability reads: the database gives them a new value with every write.

There are two. `set_up` is who works where, when, in which rooms, and what closes; `visits` is whose time is
taken. Triggers change them, so that no writer can forget it: actions, the admin, a bulk update, loaddata,
SQL typed by hand. A value is drawn by lot and never comes back, also not after a restore or a rollback, so
whatever was kept under it is what the database held then.

The table and its triggers are made after every `migrate`, not by a migration: SQLite loses a trigger each
time Django remakes its table, and no fixture or flush may touch the values.
"""

from collections.abc import Iterator
from datetime import datetime
from time import monotonic
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from booking.models import (
    Appointment,
    AvailabilityException,
    AvailabilityRule,
    Closure,
    IntakeQuestion,
    KeptTime,
    Location,
    Practitioner,
    Room,
    VisitType,
)

TABLE = "booking_availability_version"
FUNCTION = "booking_renew_version"
SET_UP, VISITS = "set_up", "visits"

# Whatever `booking.availability` reads belongs to one of these two; and what a visit type asks, to be known
# with it.
SET_UP_TABLES: tuple[type[Model], ...] = (
    Location,
    Room,
    VisitType,
    VisitType.rooms.through,
    IntakeQuestion,
    Practitioner,
    Practitioner.visit_types.through,
    AvailabilityRule,
    AvailabilityException,
    Closure,
    KeptTime,
    KeptTime.visit_types.through,
)
VISIT_FIELDS = (
    "visit_type",
    "practitioner",
    "location",
    "room",
    "patient",
    "status",
    "start",
    "busy_start",
    "busy_end",
    "hold_expires_at",
    "holder",
)

_NEW_VALUE = {"postgresql": "gen_random_uuid()::text", "sqlite": "lower(hex(randomblob(16)))"}
# The setting holds for the transaction: a hundred visits in one write the row once, at its end.
_POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_ARGV[0] = '{VISITS}' AND current_setting('booking.renewed', true) = 'yes' THEN
        RETURN NULL;
    END IF;
    UPDATE {TABLE} SET value = {_NEW_VALUE["postgresql"]} WHERE name = TG_ARGV[0];
    IF TG_ARGV[0] = '{VISITS}' THEN
        PERFORM set_config('booking.renewed', 'yes', true);
    END IF;
    RETURN NULL;
END $$
"""


Trigger = tuple[str, str, str]  # name, table, SQL


class Versions(NamedTuple):
    """What the database holds at one moment; equal versions mean equal answers at equal times."""

    set_up: str
    visits: str
    live_holds: int
    """Holds that did not run out yet: time alone lets go of them, and no write says so."""


class _Lately(NamedTuple):
    until: float  # by the monotonic clock
    versions: Versions


_lately: _Lately | None = None


def read_versions(*, now: datetime) -> Versions | None:
    """Read the versions in one query; None where nothing may be kept under them.

    That is inside a transaction, whose own visits PostgreSQL counts when it ends, and while a migration runs.
    A process asks at most once in settings.VERSIONS_KNOWN_SECONDS, so for that long it may not have heard of
    a write. Only what is shown may follow from these: whoever judges reads the rows, under its locks.
    """
    global _lately
    if connection.in_atomic_block:
        return None
    began, lately = monotonic(), _lately
    if lately and began < lately.until:
        return lately.versions
    versions = _read_versions(now=now)
    # From before the query: what it did not see may have been written while it ran.
    _lately = versions and _Lately(until=began + settings.VERSIONS_KNOWN_SECONDS, versions=versions)
    return versions


def _read_versions(*, now: datetime) -> Versions | None:
    holds = (
        f"SELECT count(*) FROM {Appointment._meta.db_table} WHERE status = 'pending' AND hold_expires_at > %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT name, value, ({holds}) FROM {TABLE}",
            [connection.ops.adapt_datetimefield_value(now)],
        )
        rows = {name: (value, count) for name, value, count in cursor.fetchall()}
    if rows.keys() != {SET_UP, VISITS}:
        return None
    return Versions(set_up=rows[SET_UP][0], visits=rows[VISITS][0], live_holds=rows[VISITS][1])


def read_set_up_version() -> str | None:
    """Read the one of the set-up, which also counts what the own transaction did; None: keep nothing."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT value FROM {TABLE} WHERE name = %s", [SET_UP])
        row = cursor.fetchone()
    return row[0] if row else None


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the table and the triggers that are missing, and give both versions a new value."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS {TABLE} (name varchar(16) PRIMARY KEY, value varchar(36) NOT NULL)"
        )
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_FUNCTION)
        present = _read_trigger_names(connection)
        tables = set(connection.introspection.table_names(cursor))
        for name, table, sql in _write_triggers(connection.vendor):
            if table in tables and name not in present:
                if connection.vendor == "postgresql":
                    # One that was switched off has the name still.
                    cursor.execute(f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"')
                cursor.execute(sql)
        # After the triggers: what was kept before they stood may have missed a write.
        for name in (SET_UP, VISITS):
            cursor.execute(
                f"INSERT INTO {TABLE} (name, value) VALUES (%s, {_NEW_VALUE[connection.vendor]}) "
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [name],
            )


def find_missing_triggers(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of triggers that are not there, or switched off."""
    present = _read_trigger_names(connection)
    return [name for name, _, _ in _write_triggers(connection.vendor) if name not in present]


def _read_trigger_names(connection: BaseDatabaseWrapper) -> set[str]:
    names = {
        # A trigger that was switched off ('D') tells nothing.
        "postgresql": "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE tgenabled IN ('O', 'A') AND NOT tgisinternal AND pg_table_is_visible(pg_class.oid)",
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    }
    with connection.cursor() as cursor:
        cursor.execute(names[connection.vendor])
        return {name for (name,) in cursor.fetchall()}


def _write_triggers(vendor: str) -> Iterator[Trigger]:
    """Each trigger's name, its table and the SQL that makes it. Changed SQL needs another name."""
    write = _write_postgresql if vendor == "postgresql" else _write_sqlite
    for model in SET_UP_TABLES:
        yield from write(model._meta.db_table, version=SET_UP, columns=())
    columns = tuple(f"{field.column}" for field in Appointment._meta.fields if field.name in VISIT_FIELDS)
    yield from write(Appointment._meta.db_table, version=VISITS, columns=columns)


def _write_postgresql(
    table: str, *, version: str, columns: tuple[str, ...]
) -> Iterator[tuple[str, str, str]]:
    call = f"EXECUTE FUNCTION {FUNCTION}('{version}')"
    if not columns:
        name = f"{table}_renews"
        events = "INSERT OR UPDATE OR DELETE OR TRUNCATE"
        yield name, table, f'CREATE TRIGGER "{name}" AFTER {events} ON "{table}" FOR EACH STATEMENT {call}'
        return
    # At the end of the transaction: the row is locked for as long as a commit takes, and nothing is
    # locked after it, so writers of different practitioners do not wait for each other, nor in a circle.
    at_commit = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
    old, new = (", ".join(f'{row}."{column}"' for column in columns) for row in ("OLD", "NEW"))
    for name, event, when in [
        (f"{table}_renews_change", "INSERT OR DELETE", ""),
        (f"{table}_renews_update", "UPDATE", f"WHEN (({old}) IS DISTINCT FROM ({new}))"),
    ]:
        sql = f'CREATE CONSTRAINT TRIGGER "{name}" AFTER {event} ON "{table}" {at_commit} {when} {call}'
        yield name, table, sql
    name = f"{table}_renews_truncate"
    yield name, table, f'CREATE TRIGGER "{name}" AFTER TRUNCATE ON "{table}" FOR EACH STATEMENT {call}'


def _write_sqlite(table: str, *, version: str, columns: tuple[str, ...]) -> Iterator[Trigger]:
    # UPDATE and no upsert: INSERT OR IGNORE outside would make it one that ignores as well.
    body = f"BEGIN UPDATE {TABLE} SET value = {_NEW_VALUE['sqlite']} WHERE name = '{version}'; END"
    changed = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in columns)
    for event in ("INSERT", "UPDATE", "DELETE"):
        name = f"{table}_renews_{event.lower()}"
        when = f"WHEN {changed}" if changed and event == "UPDATE" else ""
        yield name, table, f'CREATE TRIGGER "{name}" AFTER {event} ON "{table}" {when} {body}'


def forget_before_migrate(*, using: str, **kwargs: Any) -> None:
    """Receive pre_migrate: nothing is kept until all triggers stand again.

    SQLite has none of a table that Django has just remade, and a later migration may fail.
    """
    if connections[using].introspection.table_names().count(TABLE):
        with connections[using].cursor() as cursor:
            cursor.execute(f"DELETE FROM {TABLE}")


def renew_after_migrate(*, using: str, **kwargs: Any) -> None:
    """Receive post_migrate."""
    install(connections[using])
