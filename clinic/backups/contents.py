"""What is in a database or in a backup, asked without models: an older one has other columns."""

from collections.abc import Set

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

Migrations = set[tuple[str, str]]

VISITS = "booking_appointment"
# A hold is no visit yet.
COUNT_VISITS = f"SELECT count(*) FROM {VISITS} WHERE status <> 'pending'"  # noqa: S608 - a name of ours
READ_MIGRATIONS = "SELECT app, name FROM django_migrations"
# `migrate` fills these by itself, before anybody has written anything.
MADE_BY_MIGRATE = {
    "auth_permission",
    "booking_availability_version",
    "django_content_type",
    "django_migrations",
}


def count_visits(connection: BaseDatabaseWrapper) -> int | None:
    """Return how many visits the database has; None where it has no table for them."""
    if VISITS not in connection.introspection.table_names():
        return None
    with connection.cursor() as cursor:
        cursor.execute(COUNT_VISITS)
        visits: int = cursor.fetchone()[0]
        return visits


def has_rows(connection: BaseDatabaseWrapper) -> bool:
    """Say whether anything would be lost with this database."""
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - MADE_BY_MIGRATE):
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")  # noqa: S608
            if cursor.fetchone():
                return True
    return False


def find_newer(migrations: Set[tuple[str, str]]) -> list[str]:
    """Return those that come after all that this version of the code knows, as app.name."""
    newest: dict[str, str] = {}
    for app, name in MigrationLoader(connection=None).disk_migrations:
        newest[app] = max(name, newest.get(app, ""))
    return sorted(f"{app}.{name}" for app, name in migrations if name > newest.get(app, name))
