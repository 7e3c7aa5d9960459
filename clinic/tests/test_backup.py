"""`manage.py backup`: what it writes, what it leaves, and what it says when it cannot."""

import os
import re
import sqlite3
import stat
import sys
from contextlib import closing
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from booking.models import Appointment
from clinic.backups import files
from clinic.tests.databases import empty_database

# Dumps hold what is committed.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clients", "clock")]

ON_POSTGRESQL = connection.vendor == "postgresql"
needs_server = pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite has no server")
ENDING = "dump" if ON_POSTGRESQL else "sqlite3"


def back_up(*words: str | Path) -> str:
    told = StringIO()
    call_command("backup", *words, stdout=told)
    return told.getvalue()


def test_says_where_and_how_large_and_how_many_visits(visit: Appointment, tmp_path: Path) -> None:
    told = back_up()

    path = tmp_path / "backups" / f"clinic-20261123T140000Z.{ENDING}"
    assert re.match(rf"{path}: \d+\.\d [KM]B, 1 visits\. It was read to its end\.\n", told)
    assert "BACKUP_ENCRYPT_TO is not set" in told
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    # Nothing half done, and nothing in the clear, stays behind.
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert list((tmp_path / "backup-work").iterdir()) == []


def test_keep_removes_older_ones_of_ours(tmp_path: Path, clock: Any) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "clinic-before-the-move.dump").write_text("made by hand")
    for _ in range(3):
        back_up("--to", tmp_path / "disk")
        clock.shift(timedelta(days=1))

    told = back_up("--to", tmp_path / "disk", "--keep", "2")

    assert "Removed 2 older." in told
    assert sorted(path.name for path in (tmp_path / "disk").iterdir()) == [
        f"clinic-20261125T140000Z.{ENDING}",
        f"clinic-20261126T140000Z.{ENDING}",
        "clinic-before-the-move.dump",
    ]


def test_what_a_killed_backup_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "backup-work").mkdir()
    (tmp_path / "backup-work" / "plain").write_text("patients")
    (tmp_path / "backups").mkdir()
    old, at_work = (tmp_path / "backups" / f".clinic-{name}.dump.partial" for name in ("old", "at-work"))
    old.touch()
    at_work.touch()
    os.utime(old, (0, 0))

    back_up()

    assert not (tmp_path / "backup-work" / "plain").exists()
    assert (old.exists(), at_work.exists()) == (False, True)


def test_nobody_waits_for_it_and_nothing_half_done_is_in_it(visit: Appointment, tmp_path: Path) -> None:
    somebody = connection.copy()
    try:
        with somebody.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("DELETE FROM booking_appointmentevent")
            cursor.execute("DELETE FROM booking_appointment")

        told = back_up()
    finally:
        somebody.close()

    assert " 1 visits. " in told


def test_one_at_a_time() -> None:
    with files.working_folder(), pytest.raises(CommandError, match="Another backup or restore is running"):
        back_up()


def test_the_same_second_overwrites_nothing(visit: Appointment) -> None:
    back_up()

    with pytest.raises(CommandError, match="exists already"):
        back_up()


def test_a_disk_that_is_not_mounted(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no folder: make it, or mount what belongs there"):
        back_up("--to", tmp_path / "mnt" / "backups")

    assert not (tmp_path / "mnt").exists()


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fill_up(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "copy", fill_up)

    with pytest.raises(CommandError, match="No space left on device"):
        back_up()

    assert list((tmp_path / "backups").iterdir()) == []


def test_a_program_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.BACKUP_ENCRYPT_TO = "age1" + "q" * 58
    where = next(Path(folder) for folder in os.environ["PATH"].split(os.pathsep))
    monkeypatch.setenv("PATH", str(where) if ON_POSTGRESQL else "")

    with pytest.raises(CommandError, match="There is no age on this machine: install age"):
        back_up()


def test_a_database_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "NAME", "/away/clinic")
    try:
        with pytest.raises(CommandError, match="The database cannot be used: "):
            back_up()
    finally:
        connection.close()


def test_nothing_to_back_up(tmp_path: Path) -> None:
    with empty_database(tmp_path), pytest.raises(CommandError, match="There is nothing to back up"):
        back_up()


@pytest.mark.parametrize("keep", ["0", "-1"])
def test_keeping_none_is_refused(keep: str) -> None:
    with pytest.raises(CommandError, match="--keep is 1 or more"):
        back_up(f"--keep={keep}")


@pytest.mark.skipif(ON_POSTGRESQL, reason="A dump is read back by test_restore")
def test_copy_has_what_is_still_in_the_log_of_sqlite(visit: Appointment, tmp_path: Path) -> None:
    """In WAL mode a copy of the file itself would have none of it."""
    back_up()

    [path] = (tmp_path / "backups").iterdir()
    with closing(sqlite3.connect(path)) as copy:
        assert copy.execute("SELECT reference FROM booking_appointment").fetchall() == [(visit.reference,)]


# --- What only a server has: a version, a password, and a connection that fails


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands alone on the PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("clinic.backups.postgresql.DEBIAN", tmp_path / "postgresql")
    return folder


def install_dump(folder: Path, *, version: int) -> None:
    program = folder / "pg_dump"
    program.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        f"if sys.argv[1:] == ['--version']: sys.exit(print('pg_dump (PostgreSQL) {version}.1'))\n"
        f"print(sys.argv[1:], os.environ['PGPASSWORD'], file=open({str(folder / 'told')!r}, 'w'))\n"
        "sys.exit('pg_dump: error: connection failed: the server is away')\n"
    )
    program.chmod(0o755)


@needs_server
def test_an_older_client_is_not_enough(programs: Path) -> None:
    install_dump(programs, version=9)

    with pytest.raises(
        CommandError, match=r"There is no pg_dump of PostgreSQL \d+ .*: install postgresql-client-"
    ):
        back_up()


@needs_server
def test_password_is_on_no_command_line_and_in_no_sentence(programs: Path) -> None:
    install_dump(programs, version=99)
    connection.settings_dict["PASSWORD"] = "cucumber"
    try:
        with pytest.raises(CommandError) as caught:
            back_up()
    finally:
        connection.settings_dict["PASSWORD"] = ""

    arguments, _, environment = (programs / "told").read_text().rpartition("]")
    assert str(caught.value) == "pg_dump failed: connection failed: the server is away"
    assert ("cucumber" in arguments, environment.strip()) == (False, "cucumber")
