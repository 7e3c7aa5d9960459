"""Bring the database up to what this version of the code expects. Run before the processes start."""

from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command


class Command(BaseCommand):
    help = "Migrate, check the overlap guard, bring in roles, articles and, with DEBUG, the demo practice."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0, stdout=self.stdout)
        # Stops here when the guard against double bookings is missing, for example after a bad restore.
        call_command("check", databases=["default"], stdout=StringIO())
        # Before the demo, whose people have roles.
        call_command("sync_roles", stdout=self.stdout)
        if settings.DEBUG:
            call_command("load_demo", stdout=self.stdout)
        # After the demo: an article ends in a visit type.
        call_command("sync_articles", stdout=self.stdout)
        # After both: an answer leads to an article or a visit type.
        call_command("sync_path", stdout=self.stdout)
