"""Bring locale/ up to date with the texts of the code, compile it, and list what has no translation."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic.translations import compile_catalog, find_problems, po_path, renew_catalog, write_catalog


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        problems = 0
        for language in ("es",):
            catalog = renew_catalog(language)
            path = po_path(language)
            write_catalog(catalog, path)
            path.with_suffix(".mo").write_bytes(compile_catalog(catalog))
            for text, problem in find_problems(catalog):
                problems += 1
                self.stdout.write(f"{language} {text.file}: {problem}: {text.msgid!r}")
        if problems:
            raise CommandError(f"{problems} texts to translate in locale/<language>/LC_MESSAGES/django.po.")
        self.stdout.write("Every text that patients read is translated.")
