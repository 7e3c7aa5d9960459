"""Time that came free, and to whom of the waitlist it was offered."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.models.appointment import Appointment
from booking.models.practice import Location, Practitioner
from booking.models.waitlist import WaitlistEntry


class FreedTime(models.Model):
    """A stretch of a practitioner's time that was taken or closed, and no longer is.

    What is open in it is asked of `availability`, as for everybody: others may take it at any moment.
    The row only says that here is something that those who wait could not have booked before.
    """

    class Cause(models.TextChoices):
        CANCELLED = "cancelled", _("A visit was cancelled")
        MOVED = "moved", _("A visit was moved")
        HOURS = "hours", _("Hours were added")

    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.CASCADE, related_name="freed_times", verbose_name=_("practitioner")
    )
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("to"))
    cause = models.CharField(_("why"), max_length=9, choices=Cause)
    freed_at = models.DateTimeField(_("free since"), default=timezone.now)

    class Meta:
        ordering = ["start", "pk"]
        verbose_name = _("freed time")
        verbose_name_plural = _("freed times")
        indexes = [models.Index(fields=["end"], name="booking_freedtime_end")]
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=models.F("start")),
                name="booking_freedtime_order",
                violation_error_message=_("A freed time ends after it starts."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.practitioner} {timezone.localtime(self.start):%Y-%m-%d %H:%M}"


class WaitlistOfferQuerySet(models.QuerySet["WaitlistOffer"]):
    def standing(self) -> Self:
        """Those that wait for an answer."""
        return self.filter(status=WaitlistOffer.Status.OPEN)


class WaitlistOffer(models.Model):
    """One time, offered to one who waits, and held for them until `expires_at`.

    The hold is an Appointment that is pending, as one that is made online: NoOverlap keeps the time from
    everybody else. It is deleted some time after it ended; when and where it was stays here.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Waiting for an answer")
        ACCEPTED = "accepted", _("Accepted")
        PASSED = "passed", _("Not wanted")
        EXPIRED = "expired", _("No answer")
        WITHDRAWN = "withdrawn", _("Taken back")

    entry = models.ForeignKey(
        WaitlistEntry, on_delete=models.CASCADE, related_name="offers", verbose_name=_("wish")
    )
    hold = models.OneToOneField(
        Appointment,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="waitlist_offer",
        verbose_name=_("held time"),
    )
    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.PROTECT, related_name="+", verbose_name=_("practitioner")
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("location")
    )
    start = models.DateTimeField(_("start"))
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.OPEN)
    offered_at = models.DateTimeField(_("offered on"), default=timezone.now)
    expires_at = models.DateTimeField(_("stands until"))
    ended_at = models.DateTimeField(_("ended on"), null=True, blank=True)
    offered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("offered by hand by"),
    )

    objects = WaitlistOfferQuerySet.as_manager()

    class Meta:
        ordering = ["-offered_at", "-pk"]
        verbose_name = _("waitlist offer")
        verbose_name_plural = _("waitlist offers")
        indexes = [models.Index(fields=["status", "expires_at"], name="booking_offer_standing")]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"],
                condition=Q(status="open"),
                name="booking_offer_one_at_a_time",
                violation_error_message=_("This wish has an offer that waits for its answer."),
            ),
            models.CheckConstraint(
                condition=Q(status="open", ended_at__isnull=True)
                | (~Q(status="open") & Q(ended_at__isnull=False)),
                name="booking_offer_ended_at",
                violation_error_message=_("An offer that ended, and no other, has an end."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.practitioner} {timezone.localtime(self.start):%Y-%m-%d %H:%M}"

    @property
    def local_start(self) -> datetime:
        """The start on the wall clock of its location, as `local_expires_at`."""
        return self.start.astimezone(self.location.zone)

    @property
    def local_expires_at(self) -> datetime:
        return self.expires_at.astimezone(self.location.zone)


class OfferPause(models.Model):
    """A stretch in which nobody of the waitlist is offered anything by itself."""

    began_at = models.DateTimeField(_("since"), default=timezone.now)
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )

    class Meta:
        ordering = ["-began_at"]
        verbose_name = _("pause of the waitlist")
        verbose_name_plural = _("pauses of the waitlist")
        constraints = [
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(ended_at__isnull=True),
                name="booking_offer_one_pause",
                violation_error_message=_("The waitlist is paused already."),
            )
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.began_at):%Y-%m-%d %H:%M}"
