"""SQLite: a copy by its backup API. A copied file would lack what is in the WAL."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic

from django.db.backends.base.base import BaseDatabaseWrapper

from clinic.backups.contents import COUNT_VISITS, READ_MIGRATIONS, Migrations
from clinic.backups.programs import BackupError

ENDING = ".sqlite3"
MAGIC = b"SQLite format 3\0"
BUSY_SECONDS = 20
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def dump(connection: BaseDatabaseWrapper, path: Path) -> int:
    """Copy the database into a new file; return how many visits are in it. Nobody waits for it."""
    connection.ensure_connection()
    with _told(), closing(sqlite3.connect(path)) as copy:
        _copy(connection.connection, copy)
        # One file; in WAL mode it would want two others beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
        visits: int = copy.execute(COUNT_VISITS).fetchone()[0]
        return visits


def check(connection: BaseDatabaseWrapper, path: Path) -> None:
    """Read all of a backup. Raises BackupError when a part is missing or damaged."""
    with _told(), _reading(path) as copy:
        result = copy.execute("PRAGMA integrity_check").fetchall()
    if result != [("ok",)]:
        raise BackupError("The backup is damaged: SQLite does not find it whole.")


def read_migrations(connection: BaseDatabaseWrapper, path: Path) -> Migrations:
    """Return app and name of each migration that had run when the backup was made."""
    with _told(), _reading(path) as copy:
        return set(copy.execute(READ_MIGRATIONS))


def load(connection: BaseDatabaseWrapper, path: Path) -> None:
    """Put the backup in the place of all that is in the database: either whole, or nothing happens."""
    connection.ensure_connection()
    try:
        with _told(), _reading(path) as copy:
            # Waiting is done below, where it ends.
            connection.connection.execute("PRAGMA busy_timeout = 0")
            _copy(copy, connection.connection)
    finally:
        # It has learned the tables that were there before.
        connection.close()


def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    give_up_at = monotonic() + BUSY_SECONDS

    def give_up(status: int, _remaining: int, _total: int) -> None:
        # Python's backup() tries for ever.
        if status in _BUSY and monotonic() > give_up_at:
            raise BackupError(
                f"The database was busy for {BUSY_SECONDS} s: stop web, worker and beat, then try again."
            )

    source.backup(target, progress=give_up, sleep=0.1)


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
        yield copy


@contextmanager
def _told() -> Iterator[None]:
    """Turn SQLite's errors into a sentence."""
    try:
        yield
    except sqlite3.Error as error:
        raise BackupError(f"SQLite: {error}.") from error
