from django.apps import AppConfig
from django.conf import settings


class ClinicConfig(AppConfig):
    name = "clinic"

    def ready(self) -> None:
        from clinic import checks  # noqa: F401 - registers them
        from clinic.watching import following, pulse  # noqa: F401 - listen to Celery

        if settings.SENTRY_DSN:
            from clinic.watching.errors import report_errors

            report_errors(settings.SENTRY_DSN, environment=settings.CLINIC["short_name"])
