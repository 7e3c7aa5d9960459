from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BookingConfig(AppConfig):
    name = "booking"
    verbose_name = _("Appointments")

    def ready(self) -> None:
        from booking import (
            audited,
            checks,  # noqa: F401 - registers the check of the overlap guard
        )
        from booking.mail.kinds import KINDS, SUBJECTS
        from booking.mail.samples import SAMPLES
        from outbox import registry

        audited.register_all()
        for kind, compose in KINDS.items():
            registry.register(
                kind,
                compose,
                sample=SAMPLES.get(kind),
                reader="booking.view_patient",
                subjects=SUBJECTS.get(kind),
            )
