from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BookingConfig(AppConfig):
    name = "booking"
    verbose_name = _("Appointments")

    def ready(self) -> None:
        from booking import checks  # noqa: F401 - registers the check of the overlap guard
        from booking.mail import messages, samples
        from outbox import registry

        for kind, compose in messages.KINDS.items():
            sample = samples.SAMPLES.get(kind)
            registry.register(kind, compose, sample=sample, reader="booking.view_patient")
