"""Visits that were booked as one: a series over weeks, or two on one day as a chain has them."""

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.engine.chaining import Link
from booking.engine.states import Status as State
from booking.models.practice import VisitType
from booking.models.told import ToldMixin

if TYPE_CHECKING:
    from booking.models.appointment import Appointment

# A day has no more to wait.
LONGEST_GAP = 12 * 60
MOST_WEEKS, MOST_VISITS = 26, 12


class Chain(ToldMixin, models.Model):
    """Two kinds of visit that belong together on one day, at one place, in this order."""

    name = models.CharField(_("name"), max_length=100)
    name_es = models.CharField(_("name in Spanish"), max_length=100, blank=True, default="")
    summary = models.CharField(
        _("summary for patients"),
        max_length=200,
        blank=True,
        help_text=_("What the two visits are, in the mail and on the pages of both."),
    )
    summary_es = models.CharField(_("summary in Spanish"), max_length=200, blank=True, default="")
    first = models.ForeignKey(
        VisitType, on_delete=models.PROTECT, related_name="+", verbose_name=_("first visit")
    )
    second = models.ForeignKey(
        VisitType, on_delete=models.PROTECT, related_name="+", verbose_name=_("second visit")
    )
    least_gap = models.PositiveSmallIntegerField(
        _("least time between"),
        default=0,
        help_text=_("Minutes from the end of the first visit to the start of the second."),
    )
    most_gap = models.PositiveSmallIntegerField(
        _("most time between"),
        default=60,
        help_text=_("Minutes. Nobody waits longer."),
        validators=[MaxValueValidator(LONGEST_GAP)],
    )
    is_active = models.BooleanField(_("can be booked"), default=True)

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("chain of two visits")
        verbose_name_plural = _("chains of two visits")
        constraints = [
            models.CheckConstraint(
                condition=Q(most_gap__gte=F("least_gap")) & Q(most_gap__lte=LONGEST_GAP),
                name="booking_chain_gap",
                violation_error_message=_("The most time between is not less than the least."),
            ),
            # Each has its own limit a day: one kind twice would have to share it.
            models.CheckConstraint(
                condition=~Q(first=F("second")),
                name="booking_chain_two_kinds",
                violation_error_message=_("Choose two different kinds of visit."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.first_id and self.second_id and self.most_gap is not None:
            needed = self.link.first.buffer_after + self.link.second.buffer_before
            if self.most_gap < needed:
                sentence = _("The time kept free between these visits is %(count)d minutes already.")
                raise ValidationError({"most_gap": sentence % {"count": needed}})

    @property
    def link(self) -> Link:
        """How the two follow each other, as the engine knows it."""
        return Link(
            first=self.first.shape, second=self.second.shape, least=self.least_gap, most=self.most_gap
        )


class VisitGroup(models.Model):
    """What makes one thing of several visits; each is an appointment like any other, and points here.

    With a `chain` they are its two visits, else a series. Moving or cancelling one leaves the others alone.
    """

    chain = models.ForeignKey(
        Chain, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("chain")
    )
    every_weeks = models.PositiveSmallIntegerField(
        _("weeks from one to the next"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_WEEKS)],
    )
    # How often several of them were cancelled in one step: each step has a mail of its own.
    cancellations = models.PositiveSmallIntegerField(_("cancellations in one step"), default=0)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("visits booked as one")
        verbose_name_plural = _("visits booked as one")
        constraints = [
            models.CheckConstraint(
                # A comparison with nothing is neither true nor false, and a check lets that pass.
                condition=Q(chain__isnull=False, every_weeks__isnull=True)
                | Q(
                    chain__isnull=True,
                    every_weeks__isnull=False,
                    every_weeks__gte=1,
                    every_weeks__lte=MOST_WEEKS,
                ),
                name="booking_visitgroup_kind",
                violation_error_message=_("It is either a series or a chain."),
            )
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    def list_visits(self) -> "list[Appointment]":
        """Return them by their start, with their parts; what was entered in error never was one of them."""
        return list(self.visits.with_parts().exclude(status=State.ENTERED_IN_ERROR))
