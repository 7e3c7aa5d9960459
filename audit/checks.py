"""Does the database keep the audit trail? Asked at start-up and after a restore."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from audit.constraints import AppendOnly
from audit.models import BreakGlass, Entry, Shown

MODELS = (Entry, Shown, BreakGlass)
_QUERIES = {
    # A trigger that was switched off ('D') guards nothing.
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgenabled IN ('O', 'A')",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
}


def find_missing_triggers(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of triggers that are not there, or switched off."""
    missing: list[str] = []
    with connection.cursor() as cursor:
        for model in MODELS:
            cursor.execute(_QUERIES[connection.vendor], [model._meta.db_table])
            present = {name for (name,) in cursor.fetchall()}
            for constraint in model._meta.constraints:
                if isinstance(constraint, AppendOnly):
                    wanted = constraint.list_triggers(connection.vendor)
                    missing += [name for name in wanted if name not in present]
    return missing


@register(Tags.database)
def check_triggers(*, databases: Sequence[str] | None, **kwargs: Any) -> list[CheckMessage]:
    """Run by `manage.py check --database default`, which every start does before serving."""
    errors: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if Entry._meta.db_table not in connection.introspection.table_names():
            continue  # before the first migration there is nothing to keep
        errors.extend(
            Error(
                f"The audit trail can be changed: the trigger {name} is missing or switched off.",
                hint="Restore it from a backup made with the documented command, or recreate the constraint.",
                id="audit.E001",
            )
            for name in find_missing_triggers(connection)
        )
    return errors
