"""One backup, from the database to a file that has been read once."""

from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connections
from django.utils import timezone

from clinic.backups import files, sealing
from clinic.backups.contents import count_visits
from clinic.backups.engines import find_engine
from clinic.backups.programs import BackupError


class Made(NamedTuple):
    path: Path
    size: int
    """In bytes."""
    visits: int
    removed: list[Path]


def make_backup(*, folder: Path, recipient: str, keep: int | None) -> Made:
    """Write a backup into `folder`, encrypted for `recipient` if there is one, and read it once.

    Removes all but the newest `keep` backups afterwards (None: none). Raises BackupError.
    """
    connection = connections["default"]
    if count_visits(connection) is None:
        raise BackupError("There is nothing to back up: the database has no table of visits.")
    engine = find_engine(connection)
    _prepare_folder(folder)
    name = files.make_name(ending=engine.ENDING + sealing.name_ending(recipient), at=timezone.now())
    with files.working_folder() as work:
        plain = work / "plain"
        visits = engine.dump(connection, plain)
        with files.writing(folder / name) as (file, partial):
            if recipient:
                # Nobody here can read it afterwards.
                engine.check(connection, plain)
                sealing.seal(plain, recipient=recipient, into=file)
            else:
                files.copy(plain, into=file)
                file.flush()
                engine.check(connection, partial)
    removed = files.remove_older(folder, keep=keep) if keep else []
    return Made(path=folder / name, size=(folder / name).stat().st_size, visits=visits, removed=removed)


def _prepare_folder(folder: Path) -> None:
    with files.told():
        if folder.parent == settings.DATA_DIR:
            folder.mkdir(mode=0o700, exist_ok=True)
    if not folder.is_dir():
        # A disk that is not mounted must not become a folder on this one.
        raise BackupError(f"{folder} is no folder: make it, or mount what belongs there.")
    files.remove_left_over(folder)
