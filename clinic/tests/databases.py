"""Another database in the place of the test database, for tests that wipe, restore or upgrade one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.db import connection


@contextmanager
def empty_database(folder: Path) -> Iterator[None]:
    """Within the block the default connection leads to a new database of the same kind, which is empty."""
    usual = connection.settings_dict["NAME"]
    name = f"{usual}_empty" if connection.vendor == "postgresql" else str(folder / "empty.sqlite3")
    _execute_beside(f'CREATE DATABASE "{name}"')
    try:
        with _leading_to(name):
            yield
    finally:
        _execute_beside(f'DROP DATABASE "{name}" WITH (FORCE)')
        assert connection.settings_dict["NAME"] == usual


@contextmanager
def _leading_to(name: str) -> Iterator[None]:
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    # Its keys are remembered, and each database has its own.
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
        ContentType.objects.clear_cache()


def _execute_beside(statement: str) -> None:
    """A server makes a database; SQLite does when somebody connects."""
    if connection.vendor == "postgresql":
        with connection._nodb_cursor() as cursor:
            cursor.execute(statement)
