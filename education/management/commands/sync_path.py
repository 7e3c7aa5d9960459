from typing import Any

from django.core.management.base import BaseCommand, CommandError

from education.path.source import read_path_file, sync_path
from education.sources import SourceError


class Command(BaseCommand):
    help = "Bring the questions of education/content/path.toml into the database. Keeps what staff edited."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcome = sync_path(read_path_file())
        except SourceError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"path.toml: {outcome}")
