"""Is this the demo's database, with settings of production? And does the database's own log keep to itself?

Asked at start-up, as the guards are.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from booking.demo import DEMO_STAFF_PASSWORD
from booking.demo.accounts import ACCOUNTS
from booking.models import Appointment, Source


@register(Tags.database)
def refuse_demo(*, databases: Sequence[str] | None, **kwargs: Any) -> list[CheckMessage]:
    """Run by `manage.py check --database default`, which every start does before serving."""
    if settings.DEBUG:
        return []
    tables = {get_user_model()._meta.db_table, Appointment._meta.db_table}
    return [
        Error(
            "Set DATABASE_URL to a database of your own: this one has the demo practice in it, "
            "with invented patients and accounts whose password everybody knows.",
            id="clinic.E001",
        )
        for alias in databases or ()
        # Before the first migration there is nothing in it.
        if tables <= set(connections[alias].introspection.table_names()) and _has_demo(alias)
    ]


def _has_demo(alias: str) -> bool:
    if Appointment.objects.using(alias).filter(source=Source.DEMO).exists():
        return True
    usernames = [username for username, *_ in ACCOUNTS]
    accounts = get_user_model().objects.using(alias).filter(username__in=usernames, is_active=True)
    return any(account.check_password(DEMO_STAFF_PASSWORD) for account in accounts)


@register(Tags.database)
def look_at_log_of_postgresql(*, databases: Sequence[str] | None, **kwargs: Any) -> list[CheckMessage]:
    """PostgreSQL writes rows that it refuses, and statements that failed, into a log of its own."""
    if settings.DEBUG:
        return []
    return [
        Warning(
            "PostgreSQL writes names and reasons of patients into its own log when it refuses a row.",
            hint="Start it with log_error_verbosity=terse and log_min_error_statement=panic.",
            id="clinic.W001",
        )
        for alias in databases or ()
        if connections[alias].vendor == "postgresql" and not _is_terse(alias)
    ]


def _is_terse(alias: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('log_error_verbosity'), current_setting('log_min_error_statement')"
        )
        verbosity, statement = cursor.fetchone()
    return verbosity == "terse" and statement == "panic"
