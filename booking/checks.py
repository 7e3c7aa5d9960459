"""Are the guard against overlap and the versions in place? Asked at start-up and after a restore."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from booking.constraints import NoOverlap
from booking.models import Appointment
from booking.models.practice import LONGEST_HORIZON
from booking.versions import find_missing_triggers


def find_missing_guards(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of NoOverlap constraints (PostgreSQL) or triggers (SQLite) that do not guard.

    They are not there, or leave out one of their statuses.
    """
    guards = [constraint for constraint in Appointment._meta.constraints if isinstance(constraint, NoOverlap)]
    if connection.vendor == "postgresql":
        wanted = {guard.name: guard for guard in guards}
        query = (
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'x' AND conrelid = to_regclass(%s)"
        )
    else:
        wanted = {name: guard for guard in guards for name in guard.trigger_names}
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    with connection.cursor() as cursor:
        cursor.execute(query, [Appointment._meta.db_table])
        present: dict[str, str] = dict(cursor.fetchall())
    return [
        name
        for name, guard in wanted.items()
        if not all(f"'{status}'" in present.get(name, "") for status in guard.statuses)
    ]


@register(Tags.database)
def check_guards(*, databases: Sequence[str] | None, **kwargs: Any) -> list[CheckMessage]:
    """Run by `manage.py check --database default`, which every start does before serving."""
    errors: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if Appointment._meta.db_table not in connection.introspection.table_names():
            continue  # before the first migration there is nothing to guard
        errors.extend(
            Error(
                f"The database does not refuse overlapping appointments: {name} is missing or changed.",
                hint="Restore it from a backup made with the documented command, or recreate the constraint.",
                id="booking.E001",
            )
            for name in find_missing_guards(connection)
        )
    return errors


@register(Tags.database)
def check_versions(*, databases: Sequence[str] | None, **kwargs: Any) -> list[CheckMessage]:
    """Run beside `check_guards`: does every write tell that answers about free time are old?"""
    return [
        Error(
            f"Remembered answers about free time could be old: the trigger {name} is missing.",
            hint="Run `manage.py migrate`, which makes it again.",
            id="booking.E002",
        )
        for alias in databases or ()
        if Appointment._meta.db_table in connections[alias].introspection.table_names()
        for name in find_missing_triggers(connections[alias])
    ]


@register()
def check_retention(**kwargs: Any) -> list[CheckMessage]:
    """The outbox must remember which mails a patient had for as long as the visit may lie ahead."""
    if settings.OUTBOX_RETENTION_DAYS > LONGEST_HORIZON:
        return []
    return [
        Warning(
            f"OUTBOX_RETENTION_DAYS is {settings.OUTBOX_RETENTION_DAYS}, and a visit may be booked "
            f"{LONGEST_HORIZON} days ahead: what its patient was told would be forgotten.",
            hint=f"Set it to more than {LONGEST_HORIZON}, or leave it out.",
            id="booking.W001",
        )
    ]
