"""Bring the groups of staff up to the matrix. It can run again at any time."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from staff.roles import UnknownPermission, sync_roles, write_page


class Command(BaseCommand):
    help = "Make the roles of staff/roles.toml into groups. Nobody's membership is touched."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--page", action="store_true", help="Only print the page for docs/roles.md; change nothing."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["page"]:
            self.stdout.write(write_page(), ending="")
            return
        try:
            sync_roles()
        except UnknownPermission as error:
            raise CommandError(f"No model has these permissions of staff/roles.toml: {error}") from error
        self.stdout.write("Roles are as staff/roles.toml says.")
