"""Load the demo practice once, for trying out and for development."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from booking import demo


class Command(BaseCommand):
    help = "Fill an empty database with an invented practice. Works only with DEBUG on."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo practice has a known staff password: it loads only with DEBUG on.")
        if demo.load():
            self.stdout.write("Loaded the demo practice.")
        else:
            self.stdout.write("There is a practice already: the demo was not loaded.")
