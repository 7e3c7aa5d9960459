"""Rows behind the links in mails. The links themselves are made in `booking.links`."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.models.appointment import Appointment
from booking.models.waitlist import WaitlistEntry


class ManageLink(models.Model):
    """The SHA-256 of one mailed or shown token; the token itself is never kept."""

    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="manage_links", verbose_name=_("appointment")
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("manage link")
        verbose_name_plural = _("manage links")

    def __str__(self) -> str:
        return f"{self.appointment_id}: {self.created_at:%Y-%m-%d %H:%M}"


class StopLink(models.Model):
    """The SHA-256 of one token that stops the reminders of a visit's contact, and can do nothing else."""

    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="stop_links", verbose_name=_("appointment")
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("link to stop reminders")
        verbose_name_plural = _("links to stop reminders")

    def __str__(self) -> str:
        return f"{self.appointment_id}: {self.created_at:%Y-%m-%d %H:%M}"


class WishLink(models.Model):
    """The SHA-256 of one token to a wish on the waitlist: to answer its offers, change it or leave."""

    entry = models.ForeignKey(
        WaitlistEntry, on_delete=models.CASCADE, related_name="links", verbose_name=_("waitlist entry")
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("link to a wish")
        verbose_name_plural = _("links to wishes")

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.created_at:%Y-%m-%d %H:%M}"
