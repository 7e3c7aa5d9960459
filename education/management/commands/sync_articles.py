from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from education.finding.source import seed_finding
from education.sources import Outcome, SourceError, list_missing_visit_types, read_sources, sync


class Command(BaseCommand):
    help = "Bring the articles of education/content/ into the database. Keeps what staff edited."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--overwrite",
            nargs="+",
            default=[],
            metavar="SLUG",
            help="articles to take from their files even though staff edited them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        overwrite = options["overwrite"]
        try:
            sources = read_sources()
            if unknown := set(overwrite) - {source.slug for source in sources}:
                raise CommandError(f"There is no article file for: {', '.join(sorted(unknown))}.")
            outcomes = sync(sources, overwrite=overwrite)
        except SourceError as error:
            raise CommandError(str(error)) from error
        topics, synonyms = seed_finding()
        for source, outcome in outcomes:
            self.stdout.write(f"{source.language}/{source.slug}: {outcome}")
        if topics or synonyms:
            self.stdout.write(f"topics.toml: {topics} topics and {synonyms} synonyms added")
        for slug in list_missing_visit_types(sources):
            self.stdout.write(
                f'No visit type has the address name "{slug}": articles that lead to it offer no times. '
                "Add one in the admin, then run this again."
            )
        if any(outcome is Outcome.KEPT for _, outcome in outcomes):
            self.stdout.write("To take the file's text for an edited article: sync_articles --overwrite SLUG")
