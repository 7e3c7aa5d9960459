"""`manage.py erase_patient NUMBER`: forget one patient. Without `--really` it says what would go."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from booking.actions import Actor, PatientMerged
from booking.models import Patient
from booking.privacy import StillExpected, count_erasure, erase_patient
from booking.writing import Busy


class Command(BaseCommand):
    help = "Delete everything that is kept of one patient but the audit trail, which has no values of theirs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", type=int, help="The number of the record, as its page has it.")
        parser.add_argument("--really", action="store_true", help="Delete. There is no way back.")

    def handle(self, *args: Any, number: int, really: bool, **options: Any) -> None:
        patient = Patient.objects.filter(pk=number).first()
        if patient is None:
            raise CommandError(f"There is no patient with the number {number}.")
        try:
            erasure = erase_patient(patient=patient, by=Actor.system()) if really else count_erasure(patient)
        except PatientMerged:
            raise CommandError(f"It was merged: erase the record {patient.merged_into_id}.") from None
        except StillExpected as error:
            raise CommandError(
                f"Cancel first: {error.visits} visits to come, {error.wishes} wishes on the waitlist."
            ) from None
        except Busy:
            raise CommandError("The database is busy. Please try again.") from None
        for label, count in erasure.counts.items():
            self.stdout.write(f"{label:<28}{count:>6}")
        self.stdout.write("Erased." if really else "Nothing was erased: add --really to do it.")
