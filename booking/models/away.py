"""A clinician is away although visits are booked: a plan, and for each visit what became of it."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.engine.states import Status as VisitStatus
from booking.models.appointment import Appointment
from booking.models.hours import AvailabilityException
from booking.models.practice import Practitioner


class Absence(models.Model):
    """One clinician, one blocked time, and the visits that lie in it. Written only by `booking.away`."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Not sent")
        SENT = "sent", _("Sent")
        UNDONE = "undone", _("Undone")

    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.PROTECT, related_name="absences", verbose_name=_("practitioner")
    )
    block = models.ForeignKey(
        AvailabilityException,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="absences",
        verbose_name=_("blocked time"),
    )
    # Undoing the plan takes away the blocked time that came with it, and no other.
    made_block = models.BooleanField(default=True)
    # What the blocked time was, for lists that outlive it.
    span = models.CharField(_("time"), max_length=60)
    status = models.CharField(_("status"), max_length=6, choices=Status, default=Status.DRAFT)
    created_at = models.DateTimeField(_("planned"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = [
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False)
                | (~Q(status="sent") & Q(sent_at__isnull=True)),
                name="booking_absence_sent_at",
                violation_error_message=_("A plan that was sent, and no other, says when."),
            ),
            models.UniqueConstraint(
                fields=["block"],
                condition=Q(status="draft"),
                name="booking_absence_one_draft",
                violation_error_message=_("There is a plan for this blocked time already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.practitioner}: {self.span}"


class RearrangementQuerySet(models.QuerySet["Rearrangement"]):
    def unsettled(self) -> Self:
        """Those whose visit is still where it was, and that nobody has settled otherwise."""
        return self.filter(
            settled_at__isnull=True,
            appointment__status=VisitStatus.BOOKED,
            appointment__version=F("version"),
            appointment__end__gt=timezone.now(),
        ).exclude(way=Rearrangement.Way.LEAVE)

    def asked(self) -> Self:
        """Those whose patient is asked to choose another time: change cut-offs do not count for them."""
        # Where the time was opened again nobody is away.
        return self.unsettled().filter(absence__status=Absence.Status.SENT, absence__block__isnull=False)


class Rearrangement(models.Model):
    """One visit of a plan, and the time held for it meanwhile. Written only by `booking.away` and actions."""

    class Way(models.TextChoices):
        PROPOSE = "propose", _("Propose a time")
        CHOOSE = "choose", _("Let the patient choose")
        CALL = "call", _("Call the patient")
        LEAVE = "leave", _("Leave it where it is")

    absence = models.ForeignKey(
        Absence, on_delete=models.CASCADE, related_name="rearrangements", verbose_name=_("absence")
    )
    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="rearrangements", verbose_name=_("appointment")
    )
    # Of the visit when it was planned: with another one it is where it was no longer.
    version = models.PositiveIntegerField(_("version"))
    way = models.CharField(_("what we do"), max_length=7, choices=Way, default=Way.PROPOSE)
    hold = models.OneToOneField(
        Appointment,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="rearrangement",
        verbose_name=_("held time"),
    )
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    call_asked_at = models.DateTimeField(_("asked for a call"), null=True, blank=True)
    calls = models.PositiveSmallIntegerField(_("calls without an answer"), default=0)
    called_at = models.DateTimeField(_("last call"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    objects = RearrangementQuerySet.as_manager()

    class Meta:
        ordering = ["appointment__start", "pk"]
        verbose_name = _("visit of an absence")
        verbose_name_plural = _("visits of an absence")
        constraints = [
            models.UniqueConstraint(
                fields=["absence", "appointment"],
                name="booking_rearrangement_once",
                violation_error_message=_("This visit is in the plan already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.appointment_id}: {self.get_way_display()}"

    @property
    def held(self) -> Appointment | None:
        """The held time, for as long as it can be had: also after its hours, until somebody else takes it."""
        hold = self.hold
        is_held = hold is not None and hold.status == VisitStatus.PENDING and hold.start > timezone.now()
        return hold if is_held else None
