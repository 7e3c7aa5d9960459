"""Wishes for a time that was not free, or for an earlier one."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.engine import offering
from booking.models.appointment import Appointment, Source
from booking.models.hours import Weekday
from booking.models.patient import Patient, RelatedPerson
from booking.models.practice import Location, Practitioner, VisitType


class WaitlistQuerySet(models.QuerySet["WaitlistEntry"]):
    def waiting(self) -> Self:
        return self.filter(status=WaitlistEntry.Status.WAITING)

    def with_parts(self) -> Self:
        """With whatever a page, a mail or an offer looks at, in three queries."""
        return self.select_related(
            "patient", "related_person", "visit_type", "appointment__location"
        ).prefetch_related("practitioners", "locations")


class WaitlistEntry(models.Model):
    """One wish. Lists that are empty narrow nothing: any neurologist, any place, any day."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        BOOKED = "booked", _("Booked")
        LEFT = "left", _("Left the list")

    class PartOfDay(models.TextChoices):
        ANY = offering.PartOfDay.ANY.value, _("Any time of day")
        MORNING = offering.PartOfDay.MORNING.value, _("Mornings")
        AFTERNOON = offering.PartOfDay.AFTERNOON.value, _("Afternoons")

    class Notice(models.IntegerChoices):
        """How soon somebody can come: minutes from the call to the visit."""

        TWO_HOURS = 2 * 60, _("Within 2 hours")
        ONE_DAY = 24 * 60, _("With a day's notice")
        THREE_DAYS = 3 * 24 * 60, _("With 3 days' notice")

    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="waitlist_entries", verbose_name=_("patient")
    )
    related_person = models.ForeignKey(
        RelatedPerson,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="waitlist_entries",
        verbose_name=_("asked by"),
    )
    visit_type = models.ForeignKey(
        VisitType, on_delete=models.PROTECT, related_name="waitlist_entries", verbose_name=_("visit type")
    )
    appointment = models.ForeignKey(
        Appointment,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="waitlist_entries",
        verbose_name=_("visit they have now"),
    )
    practitioners = models.ManyToManyField(
        Practitioner, blank=True, related_name="waitlist_entries", verbose_name=_("neurologists")
    )
    locations = models.ManyToManyField(
        Location, blank=True, related_name="waitlist_entries", verbose_name=_("places")
    )
    # Numbers as in `Weekday`, sorted.
    weekdays = models.JSONField(_("days"), default=list, blank=True)
    part_of_day = models.CharField(
        _("part of the day"), max_length=10, choices=PartOfDay, default=PartOfDay.ANY
    )
    until = models.DateField(_("until"), help_text=_("The last day on which a visit helps."))
    notice = models.PositiveIntegerField(_("can come"), choices=Notice, default=Notice.ONE_DAY)
    at_any_hour = models.BooleanField(_("may be written to at night"), default=False, db_default=False)
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.WAITING)
    source = models.CharField(_("asked by way of"), max_length=8, choices=Source, default=Source.ONLINE)
    language = models.CharField(
        _("language"), max_length=8, choices=settings.LANGUAGES, default="en", db_default="en"
    )
    consented_at = models.DateTimeField(_("agreed on"), null=True, blank=True)
    consent_wording = models.TextField(_("agreed to"), blank=True)
    created_at = models.DateTimeField(_("waiting since"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended on"), null=True, blank=True)

    objects = WaitlistQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        verbose_name = _("waitlist entry")
        verbose_name_plural = _("waitlist")
        indexes = [
            models.Index(fields=["status", "visit_type", "created_at"], name="booking_waitlist_order"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="waiting", ended_at__isnull=True)
                | (~Q(status="waiting") & Q(ended_at__isnull=False)),
                name="booking_waitlist_ended_at",
                violation_error_message=_("An entry that ended, and no other, has an end."),
            ),
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(status="waiting"),
                name="booking_waitlist_one_per_visit",
                violation_error_message=_("This visit is on the waitlist already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit_type} {timezone.localtime(self.created_at):%Y-%m-%d}"

    @property
    def contact(self) -> Patient | RelatedPerson:
        """Whom we call and write to about the wish."""
        if self.related_person is not None and self.related_person.is_contact:
            return self.related_person
        return self.patient

    def as_wish(self) -> offering.Wish:
        """Return what the engine looks at. Its lists are read from `practitioners` and `locations`."""
        visit = self.appointment
        return offering.Wish(
            until=self.until,
            notice=self.notice,
            part_of_day=offering.PartOfDay(self.part_of_day),
            weekdays=frozenset(self.weekdays),
            practitioners=frozenset(person.pk for person in self.practitioners.all()),
            locations=frozenset(place.pk for place in self.locations.all()),
            before=int(visit.start.timestamp()) // 60 if visit is not None else None,
        )

    @property
    def weekday_names(self) -> list[str]:
        return [str(Weekday(number).label) for number in self.weekdays]
