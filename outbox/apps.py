from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutboxConfig(AppConfig):
    name = "outbox"
    verbose_name = _("Outgoing mail")

    def ready(self) -> None:
        from anymail.signals import tracking

        from outbox.tracking import note_event

        tracking.connect(note_event)
