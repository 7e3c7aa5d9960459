"""AppendOnly: rows are added, never changed or removed; kept by the database on both engines.

The triggers are appended to `schema_editor.deferred_sql` as Statements, for the reason that
`booking.constraints` has: on SQLite most changes of a table remake it, and its triggers go with the
old one. Whoever owns the tables can still take the triggers away: docs/adr/0020 says what follows.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models.constraints import BaseConstraint

# What PostgreSQL calls for a refused statement. Kept when a table goes: others use it too.
FUNCTION = "audit_refuse_change"
MESSAGE = "The audit trail is append-only."
_CREATE_FUNCTION = (
    f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
    f"$body$ BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END $body$"
)


class AppendOnly(BaseConstraint):
    """UPDATE and DELETE, and on PostgreSQL TRUNCATE, are refused whatever the row."""

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AppendOnly):
            return NotImplemented
        return self.deconstruct() == other.deconstruct()

    __hash__ = BaseConstraint.__hash__

    def list_triggers(self, vendor: str) -> list[str]:
        # SQLite's INSERT OR REPLACE takes the old row away without asking the trigger for DELETE.
        events = ["update", "delete", "truncate" if vendor == "postgresql" else "insert"]
        return [f"{self.name}_{event}" for event in events]

    def constraint_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> None:
        """Add nothing to CREATE TABLE: the triggers follow when the table has its final name."""
        schema_editor.deferred_sql.extend(self._triggers(model, schema_editor))

    def create_sql(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor
    ) -> Statement | None:
        # PostgreSQL only: SQLite's schema editor remakes the table through constraint_sql().
        schema_editor.deferred_sql.extend(self._triggers(model, schema_editor))
        return None

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        table = Table(model._meta.db_table, schema_editor.quote_name)
        names = self.list_triggers(schema_editor.connection.vendor)
        parts = {f"trigger_{number}": schema_editor.quote_name(name) for number, name in enumerate(names)}
        drops = "; ".join(f"DROP TRIGGER IF EXISTS %({part})s ON %(table)s" for part in parts)
        return Statement(drops, table=table, **parts)

    def _triggers(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor
    ) -> list[Statement]:
        vendor = schema_editor.connection.vendor
        if vendor == "postgresql":
            # A Statement, as whatever waits there is asked which tables it names.
            function = "%(function)s; CREATE TRIGGER %(trigger)s BEFORE %(event)s ON %(table)s "
            template = f"{function}FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()"
        elif vendor == "sqlite":
            template = (
                "CREATE TRIGGER %(trigger)s BEFORE %(event)s ON %(table)s "
                f"%(when)sBEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
        else:
            raise NotImplementedError(f"AppendOnly is not written for {vendor}.")
        key = schema_editor.quote_name(model._meta.pk.column)
        table = Table(model._meta.db_table, schema_editor.quote_name)
        statements = []
        for name in self.list_triggers(vendor):
            event = name.removeprefix(f"{self.name}_").upper()
            when = f"WHEN EXISTS (SELECT 1 FROM %(table)s AS other WHERE other.{key} = NEW.{key}) "
            statements.append(
                Statement(
                    template.replace("%(when)s", when if event == "INSERT" else ""),
                    function=_CREATE_FUNCTION,
                    trigger=schema_editor.quote_name(name),
                    event=event,
                    table=table,
                )
            )
        return statements

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Iterable[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Nothing to say of a new row, and no form changes an old one."""

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs
