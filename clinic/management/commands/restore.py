"""Put a backup in the place of the database. Stop web, worker and beat first."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from clinic.backups.programs import BackupError
from clinic.backups.restoring import Restored, restore


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="What manage.py backup has written.")
        parser.add_argument(
            "--replace", action="store_true", help="Even if the database has rows: they are lost."
        )
        parser.add_argument(
            "--hold-mail",
            action="store_true",
            help="Mails that were waiting when the backup was made, and may have left since, wait for staff.",
        )
        parser.add_argument("--identity", type=Path, metavar="FILE", help="The private key of age.")

    def handle(self, *args: Any, file: Path, identity: Path | None, **options: Any) -> None:
        try:
            restored = restore(
                file, identity=identity, replace=options["replace"], hold_mail=options["hold_mail"]
            )
        except BackupError as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            # The first line: further ones may quote rows.
            raise CommandError(f"The database cannot be used: {str(error).splitlines()[0]}") from error
        for line in tell(restored):
            self.stdout.write(line)


def tell(restored: Restored) -> list[str]:
    newest = f"{restored.newest:%Y-%m-%d %H:%M} UTC" if restored.newest else "never"
    lines = [
        f"Restored {restored.visits} visits; the last of them changed {newest}.",
        f"Ran {restored.migrations} migrations that are newer than the backup.",
        "Checked: no row points nowhere; overlaps are refused; the audit trail is append-only; "
        "no remembered answer is older than the backup.",
        f"Mail: {restored.due} messages leave as soon as a worker runs.",
    ]
    if restored.held:
        lines.append(
            f"Mail: {restored.held} are held. See them at /admin/outbox/outboxmessage/; "
            "manage.py outbox retry --held sends all of them."
        )
    return [*lines, "Next: manage.py prepare, then start web, worker and beat."]
