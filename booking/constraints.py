"""NoOverlap: one declaration, kept by the database on PostgreSQL and on SQLite.

PostgreSQL keeps it with an exclusion constraint, SQLite with two triggers. The triggers are
appended to `schema_editor.deferred_sql` as Statements: Django remakes a SQLite table for most
changes, drops its triggers with the old table, and runs deferred statements (renamed to the
final table) afterwards. A trigger made by RunSQL would be gone after one AlterField.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models.constraints import BaseConstraint


class DatabaseConstraint(BaseConstraint):
    """A table constraint whose body is written per database vendor."""

    def _table_clause(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str | None:
        """Return the SQL after CONSTRAINT <name>, or None where this vendor has none."""
        raise NotImplementedError

    def constraint_sql(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor
    ) -> str | None:
        clause = self._table_clause(model, schema_editor)
        return clause and f"CONSTRAINT {schema_editor.quote_name(self.name)} {clause}"

    def create_sql(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor
    ) -> Statement | None:
        # SQLite never comes here: its schema editor remakes the table through constraint_sql().
        clause = self.constraint_sql(model, schema_editor)
        if clause is None:
            return None
        table = Table(model._meta.db_table, schema_editor.quote_name)
        return Statement("ALTER TABLE %(table)s ADD %(clause)s", table=table, clause=clause)

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        table = Table(model._meta.db_table, schema_editor.quote_name)
        name = schema_editor.quote_name(self.name)
        return Statement("ALTER TABLE %(table)s DROP CONSTRAINT %(name)s", table=table, name=name)


class NoOverlap(DatabaseConstraint):
    """No two rows of one resource, in statuses that hold time, overlap in [busy_start, busy_end).

    `resource` names a foreign key; rows where it is null never conflict.
    """

    def __init__(
        self,
        *,
        resource: str,
        statuses: Iterable[str],
        name: str,
        violation_error_code: str | None = None,
        violation_error_message: Any = None,
    ) -> None:
        super().__init__(
            name=name,
            violation_error_code=violation_error_code,
            violation_error_message=violation_error_message,
        )
        self.resource = resource
        self.statuses = tuple(statuses)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "resource": self.resource, "statuses": self.statuses}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NoOverlap):
            return NotImplemented
        return self.deconstruct() == other.deconstruct()

    __hash__ = BaseConstraint.__hash__

    @property
    def trigger_names(self) -> tuple[str, str]:
        return f"{self.name}_insert", f"{self.name}_update"

    def constraint_sql(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor
    ) -> str | None:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.deferred_sql.extend(self._triggers(model, schema_editor))
            return None
        return super().constraint_sql(model, schema_editor)

    def _table_clause(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        if schema_editor.connection.vendor != "postgresql":
            raise NotImplementedError(f"NoOverlap is not written for {schema_editor.connection.vendor}.")
        column = schema_editor.quote_name(model._meta.get_field(self.resource).column)
        return (
            f"EXCLUDE USING gist ({column} WITH =, tstzrange(busy_start, busy_end, '[)') WITH &&) "
            f"WHERE (status IN ({self._quoted_statuses(schema_editor)}))"
        )

    def _quoted_statuses(self, schema_editor: BaseDatabaseSchemaEditor) -> str:
        return ", ".join(schema_editor.quote_value(status) for status in self.statuses)

    def _triggers(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor
    ) -> list[Statement]:
        on_insert, on_update = (schema_editor.quote_name(name) for name in self.trigger_names)
        column = model._meta.get_field(self.resource).column
        resource = schema_editor.quote_name(column)
        key = schema_editor.quote_name(model._meta.pk.column)
        statuses = self._quoted_statuses(schema_editor)
        # BusyTime limits a row to a day, so whatever overlaps began at most a day before:
        # without that lower bound each write would read the resource's whole past.
        template = (
            "CREATE TRIGGER %(trigger)s BEFORE %(event)s ON %(table)s "
            f"WHEN NEW.{resource} IS NOT NULL AND NEW.status IN ({statuses}) "
            f"BEGIN SELECT RAISE(ABORT, '{self.name}') WHERE EXISTS ("
            f"SELECT 1 FROM %(table)s AS other WHERE other.{resource} = NEW.{resource} "
            "AND other.busy_start > datetime(NEW.busy_start, '-1 day', '-1 second') "
            "AND other.busy_start < NEW.busy_end AND other.busy_end > NEW.busy_start "
            f"AND other.status IN ({statuses})%(besides)s); END"
        )
        columns = f"{resource}, busy_start, busy_end, status"
        table = model._meta.db_table
        return [
            Statement(
                template,
                trigger=on_insert,
                event="INSERT",
                besides="",
                table=Table(table, schema_editor.quote_name),
            ),
            Statement(
                template,
                trigger=on_update,
                event=f"UPDATE OF {columns}",
                besides=f" AND other.{key} <> OLD.{key}",
                table=Table(table, schema_editor.quote_name),
            ),
        ]

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Iterable[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Raise ValidationError early, for forms. The database stays the judge."""
        resource = getattr(instance, f"{self.resource}_id")
        if resource is None or instance.status not in self.statuses:  # type: ignore[attr-defined]
            return
        others = model._default_manager.using(using).filter(
            status__in=self.statuses,
            busy_start__lt=instance.busy_end,  # type: ignore[attr-defined]
            busy_end__gt=instance.busy_start,  # type: ignore[attr-defined]
            **{f"{self.resource}_id": resource},
        )
        if others.exclude(pk=instance.pk).exists():
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)


class BusyTime(DatabaseConstraint):
    """`busy_end` comes after `busy_start`, at most `longest_minutes` later.

    An empty range overlaps nothing and would slip past NoOverlap. On SQLite the texts must
    also be in the one form that Django writes: '2026-11-24T09:00' sorts after any time of
    that day written with a space, and would slip past as well.
    """

    def __init__(
        self,
        *,
        longest_minutes: int,
        name: str,
        violation_error_code: str | None = None,
        violation_error_message: Any = None,
    ) -> None:
        super().__init__(
            name=name,
            violation_error_code=violation_error_code,
            violation_error_message=violation_error_message,
        )
        self.longest_minutes = longest_minutes

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "longest_minutes": self.longest_minutes}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BusyTime):
            return NotImplemented
        return self.deconstruct() == other.deconstruct()

    __hash__ = BaseConstraint.__hash__

    def _table_clause(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        longest = self.longest_minutes
        if schema_editor.connection.vendor == "postgresql":
            return f"CHECK (busy_end > busy_start AND busy_end - busy_start <= interval '{longest} minutes')"
        forms = " AND ".join(
            f"julianday({column}) IS NOT NULL AND length({column}) IN (19, 26) AND {column} GLOB "
            "'[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]*'"
            for column in ("busy_start", "busy_end")
        )
        return (
            "CHECK (busy_end > busy_start "
            f"AND julianday(busy_end) - julianday(busy_start) <= {longest} / 1440.0 + 0.00001 AND {forms})"
        )

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Iterable[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        start, end = instance.busy_start, instance.busy_end  # type: ignore[attr-defined]
        if not start < end <= start + timedelta(minutes=self.longest_minutes):
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)
