"""What happened to an appointment, in order, never changed afterwards."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.models.appointment import Appointment, Status
from booking.models.practice import Location


class AppointmentEvent(models.Model):
    """One line of an appointment's history: what was done, by whom, from what to what."""

    class Kind(models.TextChoices):
        HELD = "held", _("Held online")
        BOOKED = "booked", _("Booked")
        MOVED = "moved", _("Moved")
        CANCELLED = "cancelled", _("Cancelled")
        ARRIVED = "arrived", _("Arrived")
        CHECKED_IN = "checked_in", _("In room")
        FULFILLED = "fulfilled", _("Done")
        NOSHOW = "noshow", _("No-show")
        ENTERED_IN_ERROR = "entered_in_error", _("Entered in error")
        PATIENTS_MERGED = "patients_merged", _("Patient records merged")
        UNDONE = "undone", _("Undone")
        LEFT_IN_CLOSED = "left_in_closed", _("Left in closed time")
        KEPT = "kept", _("Kept in closed time")
        CONFIRMED = "confirmed", _("Said they will come")

    class ActorKind(models.TextChoices):
        PATIENT = "patient", _("Patient")
        STAFF = "staff", _("Staff")
        SYSTEM = "system", _("System")

    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="events", verbose_name=_("appointment")
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    kind = models.CharField(_("what"), max_length=16, choices=Kind)
    actor_kind = models.CharField(_("by"), max_length=8, choices=ActorKind)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("staff member"),
    )
    from_status = models.CharField(_("from"), max_length=16, choices=Status, blank=True)
    to_status = models.CharField(_("to"), max_length=16, choices=Status)
    # What a move left behind, rules that were set aside, whether the patient was told.
    # Ids, times and codes only: no names, no reasons.
    details = models.JSONField(_("details"), default=dict, blank=True)
    note = models.CharField(
        _("why"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("Why staff set rules aside."),
    )

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("history entry")
        verbose_name_plural = _("history")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("History is append-only: add an event instead of changing one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("History is append-only.")


@dataclass(frozen=True, slots=True)
class OldPlace:
    """When and where a visit was before a move: `start` on the wall clock of that place, and two keys."""

    start: datetime
    practitioner_id: int
    location_id: int

    def is_of(self, visit: Appointment) -> bool:
        """Say whether the visit is there again."""
        now_at = (visit.start, visit.practitioner_id, visit.location_id)
        return (self.start, self.practitioner_id, self.location_id) == now_at


def find_old_place(appointment: Appointment, *, told: int | None = None) -> OldPlace | None:
    """Return where the visit was before its last move; None if it never moved.

    `told` is the last version that somebody was told of: then it is the place that they know.
    """
    moves = appointment.events.filter(kind=AppointmentEvent.Kind.MOVED)
    moved = moves.last()
    if told is not None:
        # Version 3 is what the move away from it left behind; what lies between nobody heard of.
        moved = next((move for move in moves if move.details.get("version", -1) >= told), moved)
    if moved is None:
        return None
    # A place without visits may have been deleted since.
    place = Location.objects.filter(pk=moved.details["location"]).first() or appointment.location
    return OldPlace(
        start=datetime.fromisoformat(moved.details["start"]).astimezone(place.zone),
        practitioner_id=moved.details["practitioner"],
        location_id=moved.details["location"],
    )
