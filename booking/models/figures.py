"""Numbers that are written down when they are true, because nothing tells them later."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.models.practice import Location, VisitType


class AccessFigure(models.Model):
    """How many days ahead the third next opening of a visit type was on a day, everywhere or at one location.

    None where there were not three.
    """

    day = models.DateField(_("day"))
    visit_type = models.ForeignKey(
        VisitType, on_delete=models.CASCADE, related_name="+", verbose_name=_("visit type")
    )
    location = models.ForeignKey(
        Location, on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("location")
    )
    days_ahead = models.PositiveSmallIntegerField(_("days ahead"), null=True)

    class Meta:
        ordering = ["day", "pk"]
        verbose_name = _("third next opening")
        verbose_name_plural = _("third next openings")
        constraints = [
            models.UniqueConstraint(fields=["day", "visit_type", "location"], name="booking_access_once"),
            # Nothing equals nothing else to a unique constraint.
            models.UniqueConstraint(
                fields=["day", "visit_type"],
                condition=Q(location__isnull=True),
                name="booking_access_once_everywhere",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.visit_type_id}"
