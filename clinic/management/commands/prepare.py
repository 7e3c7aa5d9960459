"""Bring the database up to what this version of the code expects. Run before the processes start."""

from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import OperationalError, connection

# While a migration waits for a table, everybody waits behind it. Rather give up, and be run again.
LOCK_TIMEOUT = "5s"
LOCK_NOT_AVAILABLE = "55P03"


class Command(BaseCommand):
    help = "Migrate, check the overlap guard, bring in roles, articles and, with DEBUG, the demo practice."

    def handle(self, *args: Any, **options: Any) -> None:
        self.migrate()
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
        if not settings.DEBUG and settings.CLINIC["phone"] == settings.DEMO_PHONE:
            self.stdout.write(
                "CLINIC_PHONE is still the demo's: every page tells patients to call it, and it reaches "
                "nobody. Set it and the other variables that begin with CLINIC_ before they come."
            )

    def migrate(self) -> None:
        if connection.vendor == "postgresql":
            connection.cursor().execute("SELECT set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
        try:
            call_command("migrate", interactive=False, verbosity=0, stdout=self.stdout)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") == LOCK_NOT_AVAILABLE:
                raise CommandError(
                    f"A migration waited {LOCK_TIMEOUT} for a table in use, and gave up. Run this again."
                ) from error
            raise
        finally:
            if connection.vendor == "postgresql":
                connection.cursor().execute("RESET lock_timeout")
