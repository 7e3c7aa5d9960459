"""What one network or one person tried lately, so that nobody can try for ever.

In the database, not in a cache: several processes count together, and losing Redis opens nothing.
"""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Attempt(models.Model):
    """One try of one kind, by a keyed hash of whom it is counted for."""

    class Kind(models.TextChoices):
        FIND = "find", _("Find my visit")
        HOLD = "hold", _("Hold a time")
        BOOK = "book", _("Book a visit")
        WAITLIST = "waitlist", _("Join the waitlist")
        LINK = "link", _("Mail a link")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.FIND, db_default=Kind.FIND)
    key = models.CharField(_("hash of the address"), max_length=64)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        indexes = [
            models.Index(fields=["kind", "key", "at"], name="booking_attempt_key"),
            models.Index(fields=["at"], name="booking_attempt_at"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
