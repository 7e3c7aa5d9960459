"""The two kinds of database, and which one it is."""

from pathlib import Path
from typing import Protocol

from django.db.backends.base.base import BaseDatabaseWrapper

from clinic.backups import postgresql, sqlite
from clinic.backups.contents import Migrations


class Engine(Protocol):
    """What the two modules have. All of it raises BackupError."""

    ENDING: str
    MAGIC: bytes
    """How each backup of this kind begins."""

    def dump(self, connection: BaseDatabaseWrapper, path: Path) -> int: ...
    def check(self, connection: BaseDatabaseWrapper, path: Path) -> None: ...
    def read_migrations(self, connection: BaseDatabaseWrapper, path: Path) -> Migrations: ...
    def load(self, connection: BaseDatabaseWrapper, path: Path) -> None: ...


ENGINES: dict[str, Engine] = {"postgresql": postgresql, "sqlite": sqlite}


def find_engine(connection: BaseDatabaseWrapper) -> Engine:
    return ENGINES[connection.vendor]
