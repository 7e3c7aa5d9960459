"""`manage.py purge`: what is kept for how long, and what of it is due. `--dry-run` counts only."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from booking.privacy.retention import list_lines, purge_line


class Command(BaseCommand):
    help = "Take away what was kept long enough. The tasks do the same by themselves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Count, and take nothing away.")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        for line in list_lines():
            gone = purge_line(line, dry_run=dry_run)
            setting = f"  ({line.setting})" if line.setting else ""
            self.stdout.write(f"{line.name:<28}{gone:>8}  kept {line.rule}{setting}")
        self.stdout.write("Nothing was taken away." if dry_run else "Done.")
