"""Write the whole database into one file, and read it once. Safe while the clinic runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.template.defaultfilters import filesizeformat

from clinic.backups.making import make_backup
from clinic.backups.programs import BackupError


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=Path, metavar="FOLDER", help="Instead of BACKUP_DIR.")
        parser.add_argument(
            "--keep",
            type=int,
            metavar="N",
            help="Afterwards remove all but the newest N backups of that folder.",
        )

    def handle(self, *args: Any, to: Path | None, keep: int | None, **options: Any) -> None:
        if keep is not None and keep < 1:
            raise CommandError("--keep is 1 or more.")
        folder = (to or settings.BACKUP_DIR).resolve()
        try:
            made = make_backup(folder=folder, recipient=settings.BACKUP_ENCRYPT_TO, keep=keep)
        except BackupError as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            # The first line: further ones may quote rows.
            raise CommandError(f"The database cannot be used: {str(error).splitlines()[0]}") from error
        size = filesizeformat(made.size).replace("\xa0", " ")
        self.stdout.write(f"{made.path}: {size}, {made.visits} visits. It was read to its end.")
        if not settings.BACKUP_ENCRYPT_TO:
            self.stdout.write("Whoever has this file can read all of it: BACKUP_ENCRYPT_TO is not set.")
        if made.removed:
            self.stdout.write(f"Removed {len(made.removed)} older.")
