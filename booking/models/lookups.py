"""Tries at “find my visit”, so that nobody can guess their way in."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class VisitLookup(models.Model):
    """One try, by a keyed hash of the address it came from."""

    address = models.CharField(_("address hash"), max_length=64)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("visit lookup")
        verbose_name_plural = _("visit lookups")
        indexes = [models.Index(fields=["address", "at"], name="booking_lookup_address")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
