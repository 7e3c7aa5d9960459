"""Where backups lie: their names, a private place to work in, files that are there whole or not at all."""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from django.conf import settings

from clinic.backups.programs import BackupError

LEFT_OVER_SECONDS = 24 * 60 * 60
_OURS = re.compile(r"clinic-\d{8}T\d{6}Z\.(dump|sqlite3)(\.age|\.gpg)?")


def make_name(*, ending: str, at: datetime) -> str:
    """Return "clinic-20261128T020000Z" and the ending: names in order are times in order."""
    return f"clinic-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}{ending}"


@contextmanager
def working_folder() -> Iterator[Path]:
    """A folder of our own beside the data, for one backup or restore at a time; empty before and after."""
    folder = settings.DATA_DIR / "backup-work"
    with told():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError("Another backup or restore is running on this machine.") from None
        # Also what one left behind that was killed: it holds patients.
        _empty(folder)
        try:
            yield folder
        finally:
            _empty(folder)
    finally:
        os.close(lock)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


@contextmanager
def writing(path: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """Open a file, readable by its owner only, that gets its name when the block has gone well.

    Gives it and the name it has until then. It is on the disk by the end, also if the power fails.
    """
    partial = path.with_name(f".{path.name}.partial")
    if path.exists():
        raise BackupError(f"{path} exists already.")
    try:
        with told(), open(partial, "wb", opener=_open_private) as file:
            yield file, partial
            file.flush()
            os.fsync(file.fileno())
        with told():
            partial.rename(path)
            _sync_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def _sync_folder(folder: Path) -> None:
    """Make the name last as well as the contents."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def copy(source: Path, *, into: IO[bytes]) -> None:
    with source.open("rb") as file:
        shutil.copyfileobj(file, into)


def list_backups(folder: Path) -> list[Path]:
    """Return the backups in a folder, the newest first. Files with other names are not ours."""
    return sorted((path for path in folder.iterdir() if _OURS.fullmatch(path.name)), reverse=True)


def remove_older(folder: Path, *, keep: int) -> list[Path]:
    """Remove all but the newest `keep` backups (1 or more), and return which."""
    with told():
        older = list_backups(folder)[keep:]
        for path in older:
            path.unlink()
    return older


def remove_left_over(folder: Path) -> None:
    """Remove what a backup left that was killed as it wrote, a day ago or earlier: it is not at work."""
    with told():
        for path in folder.glob(".clinic-*.partial"):
            if time.time() - path.stat().st_mtime > LEFT_OVER_SECONDS:
                path.unlink()


@contextmanager
def told() -> Iterator[None]:
    """Turn an error of the file system into a sentence."""
    try:
        yield
    except OSError as error:
        raise BackupError(f"{error.filename or 'Writing'}: {error.strerror}.") from error
