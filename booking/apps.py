from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
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
        from booking.versions import forget_before_migrate, renew_after_migrate
        from outbox import registry

        audited.register_all()
        pre_migrate.connect(forget_before_migrate, sender=self)
        post_migrate.connect(renew_after_migrate, sender=self)
        for kind, compose in KINDS.items():
            registry.register(
                kind,
                compose,
                sample=SAMPLES.get(kind),
                reader="booking.view_patient",
                subjects=SUBJECTS.get(kind),
            )
