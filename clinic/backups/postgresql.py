"""PostgreSQL: pg_dump writes the backup, pg_restore and psql bring it back, all in one transaction.

Host, user and password reach them in their environment: a command line can be read by everybody.
"""

import os
import re
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from shutil import which
from tempfile import TemporaryFile
from typing import IO

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.client import DatabaseClient

from clinic.backups.contents import COUNT_VISITS, Migrations
from clinic.backups.programs import BackupError, complain, run

ENDING = ".dump"
MAGIC = b"PGDMP"
# Where Debian keeps the clients of several versions.
DEBIAN = Path("/usr/lib/postgresql")
LOCK_SECONDS = 10
LOCK_NOT_AVAILABLE = "55P03"
# Roles differ from one server to the next, and an extension may belong to somebody else.
_AS_WE_ARE = ("--no-owner", "--no-privileges", "--no-comments")
_DROPS = """
WITH ours AS (
    SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
           ELSE 'TABLE' END AS kind, oid::regclass::text AS name, oid, 'pg_class'::regclass AS catalogue
    FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S') AND relnamespace = current_schema()::regnamespace
    UNION ALL
    SELECT 'ROUTINE', oid::regprocedure::text, oid, 'pg_proc'::regclass
    FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
)
SELECT format('DROP %s IF EXISTS %s CASCADE;', kind, name) FROM ours WHERE NOT EXISTS (
    -- what belongs to an extension, or to a column, which goes with its table
    SELECT 1 FROM pg_depend WHERE classid = catalogue AND objid = ours.oid AND deptype IN ('e', 'i')
)
"""


def dump(connection: BaseDatabaseWrapper, path: Path) -> int:
    """Write all of the database into a new file; return how many visits are in it. Nobody waits for it."""
    program = find_client("pg_dump", connection)
    # The number is then that of the file, also while people book.
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        cursor.execute(COUNT_VISITS)
        visits: int = cursor.fetchone()[0]
        command: list[str | Path] = [program]
        command += ["--format=custom", *_AS_WE_ARE, f"--snapshot={snapshot}", f"--file={path}"]
        command += [f"--lock-wait-timeout={LOCK_SECONDS}s"]
        run(command, env=make_environment(connection))
    return visits


def check(connection: BaseDatabaseWrapper, path: Path) -> None:
    """Read all of a backup. Raises BackupError when a part is missing or damaged."""
    # The list of contents alone stands at the beginning, and would pass in half a file.
    run([find_client("pg_restore", connection), f"--file={os.devnull}", path])


def read_migrations(connection: BaseDatabaseWrapper, path: Path) -> Migrations:
    """Return app and name of each migration that had run when the backup was made."""
    program = find_client("pg_restore", connection)
    text = run([program, "--data-only", "--table=django_migrations", "--file=-", path]).decode()
    return set(re.findall(r"^\d+\t(\w+)\t(\w+)\t", text, flags=re.MULTILINE))


def load(connection: BaseDatabaseWrapper, path: Path) -> None:
    """Put the backup in the place of all that is in the database: either whole, or nothing happens."""
    reader, psql = find_client("pg_restore", connection), find_client("psql", connection)
    with connection.cursor() as cursor:
        cursor.execute(_DROPS)
        drops = [line for (line,) in cursor.fetchall()]
    # Nothing of our own may hold what is to go.
    connection.close()
    with (
        TemporaryFile() as told,
        subprocess.Popen(
            [psql, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"],
            bufsize=0,
            env=make_environment(connection),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=told,
        ) as child,
    ):
        assert child.stdin is not None
        problem = _feed(child.stdin, drops=drops, reader=[reader, "--file=-", *_AS_WE_ARE, path])
        child.stdin.close()
        child.wait()
        told.seek(0)
        if child.returncode:
            raise BackupError(_explain(told.read()))
    if problem:
        raise problem
    # A dump has no statistics, and without them queries of the first minutes are slow.
    connection.cursor().execute("ANALYZE")


def _feed(psql: IO[bytes], *, drops: Sequence[str], reader: Sequence[str | Path]) -> BackupError | None:
    """Write the whole restore; return why it could not be written to its end."""
    first = [
        r"\set VERBOSITY sqlstate",  # an error in words would quote rows
        "SET client_min_messages = warning;",
        "BEGIN;",
        f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s';",
        *drops,
        "",
    ]
    # A psql that has stopped at an error reads no more.
    with suppress(BrokenPipeError):
        psql.write("\n".join(first).encode())
        try:
            run(reader, stdout=psql)
        except BackupError as error:
            return error
        # Without this line nothing has happened.
        psql.write(b"COMMIT;\n")
    return None


def _explain(complaint: bytes) -> str:
    if LOCK_NOT_AVAILABLE.encode() in complaint:
        return "The database is in use: stop web, worker and beat, then try again. Nothing was changed."
    return f"{complain('psql', complaint)}. Nothing was changed."


def find_client(name: str, connection: BaseDatabaseWrapper) -> Path:
    """Return the program of the server's own version, or of the next newer one that there is.

    An older one refuses the server; a newer one says things in its backup that an older server does not know.
    Raises BackupError with what to install.
    """
    connection.ensure_connection()
    server: int = connection.pg_version // 10000  # type: ignore[attr-defined]
    places = [Path(found) for found in [which(name)] if found]
    places += [path for path in DEBIAN.glob(f"*/bin/{name}") if path not in places]
    fitting = [(version, place) for place in places if (version := _read_version(place)) >= server]
    if not fitting:
        raise BackupError(
            f"There is no {name} of PostgreSQL {server} on this machine: install postgresql-client-{server}, "
            "as https://www.postgresql.org/download/ says."
        )
    return min(fitting, key=lambda found: found[0])[1]


def _read_version(program: Path) -> int:
    told = run([program, "--version"]).decode()
    number = re.search(r"\) (\d+)", told)
    return int(number[1]) if number else 0


def make_environment(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Say in the words of libpq where the database is, with its password and TLS options."""
    settings = connection.settings_dict
    _command, own = DatabaseClient.settings_to_cmd_args_env(settings, [])
    place = {"PGHOST": settings["HOST"], "PGPORT": settings["PORT"], "PGUSER": settings["USER"]}
    named = {**place, "PGDATABASE": settings["NAME"], **(own or {})}
    return {**os.environ, **{name: str(value) for name, value in named.items() if value}}
