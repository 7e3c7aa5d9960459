"""Clinic hours: weekly rules, exceptions to them, closures. All in the wall time of the location."""

from datetime import date, time, timedelta
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.engine.keeping import KeptHours
from booking.engine.openings import DateSpan, WeeklyRule
from booking.models.practice import Location, Practitioner, VisitType

DAY_MINUTES = 24 * 60
# Nobody closes or plans further. A slip of the finger in the year must not close centuries.
FARTHEST = timedelta(days=3 * 366)
TOO_FAR = _("Choose a day within three years of today.")
# Hours. Who wants time to open earlier than that wants it open.
LATEST_OPENING = 60 * 24


def count_minutes(at: time) -> int:
    """Return the minutes since midnight."""
    return at.hour * 60 + at.minute


def count_end_minutes(at: time) -> int:
    """The same for an end, where midnight closes the day (1440)."""
    return count_minutes(at) or DAY_MINUTES


def validate_whole_minute(at: time) -> None:
    """Raise ValidationError for a time with seconds: hours are whole minutes everywhere here."""
    if at.second or at.microsecond:
        raise ValidationError(_("Leave out the seconds: type a time like 09:20."))


def is_far(day: date) -> bool:
    """Tell whether the day is more than three years from today, back or ahead."""
    return abs(day - timezone.localdate()) > FARTHEST


def validate_near(day: date) -> None:
    """Raise ValidationError for a day that is far."""
    if is_far(day):
        raise ValidationError(TOO_FAR)


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class AvailabilityRuleQuerySet(models.QuerySet["AvailabilityRule"]):
    def holding_on(self, day: date) -> Self:
        """Those whose dates include this day, whatever weekday it is."""
        return self.exclude(valid_from__gt=day).exclude(valid_to__lt=day)


class WeeklyTime(models.Model):
    """The same hours of one weekday, week after week, in the wall time of a location."""

    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    starts_at = models.TimeField(_("from"), validators=[validate_whole_minute])
    ends_at = models.TimeField(
        _("to"), help_text=_("12:00 midnight ends the day."), validators=[validate_whole_minute]
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(
        _("valid to"), null=True, blank=True, help_text=_("The last day on which it holds.")
    )

    class Meta:
        abstract = True

    def as_weekly_rule(self) -> WeeklyRule:
        return WeeklyRule(
            weekday=self.weekday,
            starts=count_minutes(self.starts_at),
            ends=count_end_minutes(self.ends_at),
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


def list_weekly_constraints(prefix: str) -> list[models.BaseConstraint]:
    """Return what holds for each WeeklyTime, with names of one model."""
    return [
        models.CheckConstraint(
            condition=Q(weekday__gte=0) & Q(weekday__lte=6),
            name=f"{prefix}_weekday",
            violation_error_message=_("Choose a day of the week."),
        ),
        models.CheckConstraint(
            condition=Q(ends_at__gt=F("starts_at")) | Q(ends_at=time(0)),
            name=f"{prefix}_order",
            violation_error_message=_("The hours must end after they start."),
        ),
        models.CheckConstraint(
            condition=Q(valid_from__isnull=True)
            | Q(valid_to__isnull=True)
            | Q(valid_to__gte=F("valid_from")),
            name=f"{prefix}_validity",
            violation_error_message=_("The last day must not come before the first day."),
        ),
    ]


class AvailabilityRule(WeeklyTime):
    """Weekly hours of one practitioner at one location. Several a day make breaks.

    Written only by `booking.blocking`.
    """

    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.CASCADE, related_name="rules", verbose_name=_("practitioner")
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="rules", verbose_name=_("location")
    )

    objects = AvailabilityRuleQuerySet.as_manager()

    class Meta:
        ordering = ["practitioner", "weekday", "starts_at"]
        verbose_name = _("weekly hours")
        verbose_name_plural = _("weekly hours")
        constraints = list_weekly_constraints("booking_rule")

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts_at:%H:%M}–{self.ends_at:%H:%M}"


class DaySpan(models.Model):
    """Whole days, or the same hours on each of several days. Written only by `booking.blocking`."""

    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    starts_at = models.TimeField(
        _("from"),
        null=True,
        blank=True,
        help_text=_("Empty: the whole day."),
        validators=[validate_whole_minute],
    )
    ends_at = models.TimeField(_("to"), null=True, blank=True, validators=[validate_whole_minute])
    # When its time was last set. A visit that was booked, moved or kept before that is caught by it.
    changed_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="%(app_label)s_%(class)s_days",
                violation_error_message=_("The last day must not come before the first day."),
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True, ends_at__isnull=True)
                | Q(starts_at__isnull=False, ends_at__isnull=False),
                name="%(app_label)s_%(class)s_hours_paired",
                violation_error_message=_("Give both times, or neither for the whole day."),
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__gt=F("starts_at")) | Q(ends_at=time(0)),
                name="%(app_label)s_%(class)s_hours_order",
                violation_error_message=_("The hours must end after they start."),
            ),
        ]

    def clean(self) -> None:
        wrong = {}
        for name in ("first_day", "last_day"):
            day: date | None = getattr(self, name)
            if day is not None and is_far(day):
                wrong[name] = TOO_FAR
        if wrong:
            raise ValidationError(wrong)

    def as_date_span(self) -> DateSpan:
        if self.starts_at is None or self.ends_at is None:
            return DateSpan(first=self.first_day, last=self.last_day)
        return DateSpan(
            first=self.first_day,
            last=self.last_day,
            starts=count_minutes(self.starts_at),
            ends=count_end_minutes(self.ends_at),
        )

    def describe_span(self) -> str:
        days = (
            str(self.first_day) if self.first_day == self.last_day else f"{self.first_day} – {self.last_day}"
        )
        return days if self.starts_at is None else f"{days}, {self.starts_at:%H:%M}–{self.ends_at:%H:%M}"


class ExceptionSeries(models.Model):
    """What exceptions that were entered together repeat: every so many weeks, until a day.

    The exceptions themselves are rows, one for each time: only they count for what is open.
    """

    every_weeks = models.PositiveSmallIntegerField(
        _("every so many weeks"), validators=[MinValueValidator(1), MaxValueValidator(52)]
    )
    until = models.DateField(_("until"), help_text=_("No time begins after this day."))
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")
        constraints = [
            models.CheckConstraint(
                condition=Q(every_weeks__gte=1) & Q(every_weeks__lte=52),
                name="booking_series_weeks",
                violation_error_message=_("A series repeats every 1 to 52 weeks."),
            )
        ]

    def __str__(self) -> str:
        return str(_("every %(weeks)s weeks until %(day)s") % {"weeks": self.every_weeks, "day": self.until})


class AvailabilityException(DaySpan):
    """A practitioner is away, or works extra time, on certain days."""

    class Kind(models.TextChoices):
        CLOSED = "closed", _("Away")
        EXTRA = "extra", _("Extra time")

    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.CASCADE, related_name="exceptions", verbose_name=_("practitioner")
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="exceptions",
        verbose_name=_("location"),
        help_text=_("Empty: away at every location. Extra time needs a location."),
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind, default=Kind.CLOSED)
    note = models.CharField(_("note for staff"), max_length=200, blank=True)
    series = models.ForeignKey(
        ExceptionSeries,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="exceptions",
        verbose_name=_("series"),
    )

    class Meta(DaySpan.Meta):
        ordering = ["first_day", "starts_at"]
        verbose_name = _("exception")
        verbose_name_plural = _("exceptions")
        constraints = [
            *DaySpan.Meta.constraints,
            models.CheckConstraint(
                condition=Q(kind="closed") | Q(location__isnull=False, starts_at__isnull=False),
                name="booking_exception_extra_is_placed",
                violation_error_message=_("Extra time needs a location and both times."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.describe_span()}"


class Closure(DaySpan):
    """The whole practice, or one location, is closed: holidays, works, snow."""

    name = models.CharField(_("name"), max_length=100)
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="closures",
        verbose_name=_("location"),
        help_text=_("Empty: every location."),
    )

    class Meta(DaySpan.Meta):
        ordering = ["first_day", "starts_at"]
        verbose_name = _("closure")
        verbose_name_plural = _("closures")

    def __str__(self) -> str:
        return f"{self.name}: {self.describe_span()}"


class KeptTime(WeeklyTime):
    """A part of the week that is kept back for visits of some types, and opens some hours before it comes.

    It makes nothing open: it only closes time that is open otherwise. How far ahead each type can be booked
    at all is its `booking_horizon`.
    """

    name = models.CharField(_("name"), max_length=100, help_text=_("For staff, for example “Urgent visits”."))
    practitioner = models.ForeignKey(
        Practitioner,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="kept_times",
        verbose_name=_("practitioner"),
        help_text=_("Empty: every clinician."),
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="kept_times",
        verbose_name=_("location"),
        help_text=_("Empty: every location."),
    )
    visit_types = models.ManyToManyField(
        VisitType,
        blank=True,
        related_name="kept_times",
        verbose_name=_("kept for"),
        help_text=_("Empty: nobody, until it opens to all."),
    )
    opens_hours = models.PositiveSmallIntegerField(
        _("opens to these"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LATEST_OPENING)],
        help_text=_("Hours before it begins. Empty: as soon as they can be booked at all."),
    )
    released_hours = models.PositiveSmallIntegerField(
        _("opens to all"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LATEST_OPENING)],
        help_text=_("Hours before it begins. Empty: never."),
    )

    class Meta:
        ordering = ["weekday", "starts_at", "pk"]
        verbose_name = _("kept time")
        verbose_name_plural = _("kept time")
        constraints = [
            *list_weekly_constraints("booking_kept"),
            models.CheckConstraint(
                condition=Q(opens_hours__isnull=True)
                | Q(released_hours__isnull=True)
                | Q(released_hours__lte=F("opens_hours")),
                name="booking_kept_turns",
                violation_error_message=_("Nobody else comes before those it is kept for."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_weekday_display()} {self.starts_at:%H:%M}–{self.ends_at:%H:%M}"

    def as_kept_hours(self, *, is_for: bool) -> KeptHours | None:
        """Return from when on this is open to those it is kept for, or to all others; None: it always is."""
        hours = self.opens_hours if is_for else self.released_hours
        if hours is None and is_for:
            return None
        return KeptHours(hours=self.as_weekly_rule(), opens_before=None if hours is None else hours * 60)
