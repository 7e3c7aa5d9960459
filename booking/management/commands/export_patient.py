"""`manage.py export_patient NUMBER`: everything that is kept of one patient, as JSON."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from booking.models import Patient
from booking.privacy import count_erasure, export_patient


class Command(BaseCommand):
    help = "Write all that is kept of one patient into a file, what they said of their health included."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", type=int, help="The number of the record, as its page has it.")
        parser.add_argument("file", type=Path, nargs="?", help="Where to write it; nobody else may read it.")
        parser.add_argument("--dry-run", action="store_true", help="Say what there is, and write nothing.")

    def handle(self, *args: Any, number: int, file: Path | None, dry_run: bool, **options: Any) -> None:
        patient = Patient.objects.filter(pk=number).first()
        if patient is None:
            raise CommandError(f"There is no patient with the number {number}.")
        if dry_run:
            for label, count in count_erasure(patient).counts.items():
                self.stdout.write(f"{label:<28}{count:>6}")
            return
        if file is None:
            raise CommandError("Say into which file it goes.")
        try:
            file.touch(mode=0o600, exist_ok=False)
        except OSError as error:
            raise CommandError(f"{file} cannot be made: {error.strerror}.") from None
        told = export_patient(patient=patient, with_answers=True)
        file.write_text(json.dumps(told, ensure_ascii=False, indent=2))
        self.stdout.write(f"Written to {file}.")
