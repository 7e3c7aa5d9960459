"""A backup takes the place of what is in the database; what must be true afterwards is checked."""

from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from django.core.management import call_command
from django.db import IntegrityError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Max
from django.utils import timezone

from booking.models import AppointmentEvent
from clinic.backups import files, sealing
from clinic.backups.contents import count_visits, find_newer, has_rows
from clinic.backups.engines import ENGINES, find_engine
from clinic.backups.programs import BackupError
from outbox import queue
from outbox.models import OutboxMessage


class Restored(NamedTuple):
    visits: int
    newest: datetime | None
    """When the last thing happened to a visit of the backup."""
    migrations: int
    """How many ran because the backup was older than the code."""
    held: int
    """How many mails wait for staff instead of leaving."""
    due: int
    """How many mails leave as soon as a worker runs."""


def restore(path: Path, *, identity: Path | None, replace: bool, hold_mail: bool) -> Restored:
    """Load a backup, migrate, and check what every start checks. Nobody else may use the database meanwhile.

    Refuses a database with rows unless `replace`. `hold_mail` stops what was waiting to be sent by now.
    Raises BackupError before anything is changed, or when rows of the backup point nowhere; SystemCheckError
    when the result would let something happen that must not.
    """
    connection = connections["default"]
    if not path.is_file():
        raise BackupError(f"{path} is no file.")
    _refuse_to_overwrite(connection, replace=replace)
    with files.working_folder() as work:
        plain = _open(path, work=work, identity=identity)
        _judge(connection, plain)
        find_engine(connection).load(connection, plain)
    # Before anything can fail that would be mended by hand, and workers started.
    held = queue.hold_due(now=timezone.now()) if hold_mail else 0
    before = MigrationRecorder(connection).migration_qs.count()
    # Also renews the versions of remembered answers, whatever a cache still holds under others.
    call_command("migrate", interactive=False, verbosity=0)
    try:
        # PostgreSQL has asked while it loaded.
        connection.check_constraints()
    except IntegrityError as error:
        raise BackupError(f"The backup was restored as it is, and is not whole: {error}") from error
    call_command("check", databases=[connection.alias], stdout=StringIO())
    return Restored(
        visits=count_visits(connection) or 0,
        newest=AppointmentEvent.objects.aggregate(newest=Max("at"))["newest"],
        migrations=MigrationRecorder(connection).migration_qs.count() - before,
        held=held,
        due=OutboxMessage.objects.due(timezone.now()).count(),
    )


def _refuse_to_overwrite(connection: BaseDatabaseWrapper, *, replace: bool) -> None:
    if not replace and has_rows(connection):
        raise BackupError(
            f"The database is not empty: {count_visits(connection) or 0} visits in it would be lost. "
            "Stop web, worker and beat, make a backup of it if you can, and say --replace."
        )


def _open(path: Path, *, work: Path, identity: Path | None) -> Path:
    """Return the backup in the clear."""
    if not sealing.is_sealed(path):
        return path
    plain = work / "plain"
    with files.writing(plain) as (file, _partial):
        sealing.unseal(path, identity=identity, into=file)
    return plain


def _judge(connection: BaseDatabaseWrapper, plain: Path) -> None:
    """Raise BackupError where this backup cannot take the database's place."""
    engine = find_engine(connection)
    with files.told(), plain.open("rb") as file:
        start = file.read(16)
    if not start.startswith(engine.MAGIC):
        if any(start.startswith(other.MAGIC) for other in ENGINES.values()):
            raise BackupError("This is a backup of the other kind of database than DATABASE_URL names.")
        raise BackupError("This is no backup of the clinic, or it is damaged.")
    engine.check(connection, plain)
    newer = find_newer(engine.read_migrations(connection, plain))
    if newer:
        raise BackupError(
            f"A newer version of the clinic made this backup: it has {', '.join(newer)}. Install that one."
        )
