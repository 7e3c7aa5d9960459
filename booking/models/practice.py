"""Where, who and what: the set-up data that staff keep in the admin."""

from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.engine.slots import VisitShape
from booking.models.told import ToldMixin

# No appointment, buffers included, is longer than this. Queries for busy time lean on it:
# whatever overlaps a day must have begun at most this long before it.
MAX_BUSY_MINUTES = 24 * 60
YEAR_MINUTES = 365 * 24 * 60
# In minutes before a visit.
EARLIEST_ARRIVAL = 4 * 60
# In days. Nobody books further ahead, not even staff who plan a series.
LONGEST_HORIZON = 730

# Pages under /book/ with an address of their own: a visit type of that name would have no times page.
RESERVED_SLUGS = frozenset({"check", "clear", "details", "help-me-choose", "leave-answers-out", "renew"})


# Reminders: hours before the visit. Later ones leave no time to change it, earlier ones are forgotten.
EARLIEST_REMINDER, LATEST_REMINDER, MOST_REMINDERS = 60 * 24, 2, 4


def default_time_zone() -> str:
    return settings.CLINIC_TIME_ZONE


def validate_time_zone(value: str) -> None:
    """Raise ValidationError unless `value` is a name in the IANA time zone database."""
    if value not in available_timezones():
        raise ValidationError(
            _("“%(value)s” is not a time zone. Use a name like America/New_York."), params={"value": value}
        )


def validate_reminders(value: str) -> None:
    """Raise ValidationError unless `value` lists whole hours as `VisitType.reminder_hours` reads them."""
    hours = [part.strip() for part in value.split(",")]
    # isdecimal() also takes digits of other scripts, and int() reads them.
    if not all(part.isdecimal() and len(part) <= 4 for part in hours):
        raise ValidationError(_("Write whole hours with commas between them, for example 168, 24."))
    numbers = [int(part) for part in hours]
    if not all(LATEST_REMINDER <= number <= EARLIEST_REMINDER for number in numbers):
        raise ValidationError(
            _("A reminder leaves between %(least)s and %(most)s hours before the visit."),
            params={"least": LATEST_REMINDER, "most": EARLIEST_REMINDER},
        )
    if len(set(numbers)) != len(numbers) or len(numbers) > MOST_REMINDERS:
        raise ValidationError(
            _("At most %(most)s reminders, each at another time."), params={"most": MOST_REMINDERS}
        )


class Location(ToldMixin, models.Model):
    """A place where patients are seen. Its zone is the zone of its clinic hours."""

    name = models.CharField(_("name"), max_length=100)
    name_es = models.CharField(_("name in Spanish"), max_length=100, blank=True, default="", db_default="")
    slug = models.SlugField(_("address name"), unique=True)
    line1 = models.CharField(_("street"), max_length=120)
    line2 = models.CharField(_("floor or suite"), max_length=120, blank=True)
    city = models.CharField(_("city"), max_length=80)
    state = models.CharField(_("state"), max_length=2)
    postal_code = models.CharField(_("ZIP code"), max_length=10)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default=default_time_zone, validators=[validate_time_zone]
    )
    directions = models.TextField(_("directions"), blank=True)
    directions_es = models.TextField(_("directions in Spanish"), blank=True, default="", db_default="")
    access_notes = models.TextField(
        _("access"), blank=True, help_text=_("Step-free entrance, elevator, parking.")
    )
    access_notes_es = models.TextField(_("access in Spanish"), blank=True, default="", db_default="")
    is_active = models.BooleanField(_("open for booking"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("location")
        verbose_name_plural = _("locations")

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def address_lines(self) -> list[str]:
        street = f"{self.line1}, {self.line2}" if self.line2 else self.line1
        return [street, f"{self.city}, {self.state} {self.postal_code}"]


class Room(models.Model):
    """A room that at most one visit uses at a time."""

    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="rooms", verbose_name=_("location")
    )
    name = models.CharField(_("name"), max_length=60)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["location", "name"]
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        constraints = [
            models.UniqueConstraint(
                fields=["location", "name"],
                name="booking_room_unique_name",
                violation_error_message=_("This location already has a room with that name."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.location})"


class VisitType(ToldMixin, models.Model):
    """A kind of visit that can be booked, with the rules that hold for it."""

    class Mode(models.TextChoices):
        IN_PERSON = "in_person", _("At the clinic")
        TELEHEALTH = "telehealth", _("By video")

    class Audience(models.TextChoices):
        ANYBODY = "anybody", _("Anybody")
        NEW = "new", _("New, or not seen here in the last 3 years")
        ESTABLISHED = "established", _("Seen here in the last 3 years")

    name = models.CharField(_("name"), max_length=100)
    name_es = models.CharField(_("name in Spanish"), max_length=100, blank=True, default="", db_default="")
    slug = models.SlugField(_("address name"), unique=True)
    summary = models.CharField(_("summary for patients"), max_length=200, blank=True)
    summary_es = models.CharField(
        _("summary in Spanish"), max_length=200, blank=True, default="", db_default=""
    )
    mode = models.CharField(_("place"), max_length=12, choices=Mode, default=Mode.IN_PERSON)
    audience = models.CharField(
        _("for whom"),
        max_length=12,
        choices=Audience,
        default=Audience.ANYBODY,
        db_default=Audience.ANYBODY,
        help_text=_("Patients are asked whether they have been seen here in the last 3 years."),
    )
    counterpart = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("the same visit in the other place"),
        help_text=_("The page with the times offers it: by video, or at the clinic."),
    )
    needs_referral = models.BooleanField(
        _("needs a request from a doctor"),
        default=False,
        db_default=False,
        help_text=_("Patients are asked about it. It never stops a booking."),
    )
    duration = models.PositiveSmallIntegerField(
        _("length"), help_text=_("Minutes."), validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    buffer_before = models.PositiveSmallIntegerField(
        _("time kept free before"), default=0, help_text=_("Minutes."), validators=[MaxValueValidator(240)]
    )
    buffer_after = models.PositiveSmallIntegerField(
        _("time kept free after"), default=0, help_text=_("Minutes."), validators=[MaxValueValidator(240)]
    )
    start_step = models.PositiveSmallIntegerField(
        _("a start every"),
        default=20,
        help_text=_("Minutes."),
        validators=[MinValueValidator(5), MaxValueValidator(240)],
    )
    minimum_notice = models.PositiveIntegerField(
        _("minimum notice"),
        default=120,
        help_text=_("Minutes between booking and the visit."),
        validators=[MaxValueValidator(YEAR_MINUTES)],
    )
    booking_horizon = models.PositiveSmallIntegerField(
        _("booking horizon"),
        default=90,
        help_text=_("Days ahead."),
        validators=[MaxValueValidator(LONGEST_HORIZON)],
    )
    change_cutoff = models.PositiveIntegerField(
        _("change cut-off"),
        default=24 * 60,
        help_text=_("Minutes before the visit. After that, patients call."),
        validators=[MaxValueValidator(YEAR_MINUTES)],
    )
    daily_limit = models.PositiveSmallIntegerField(
        _("daily limit"),
        null=True,
        blank=True,
        help_text=_("Visits of this type a day and practitioner. Empty: no limit."),
        validators=[MinValueValidator(1)],
    )
    rooms = models.ManyToManyField(
        Room,
        blank=True,
        related_name="visit_types",
        verbose_name=_("rooms"),
        help_text=_("Empty: no room is needed."),
    )
    preparation = models.TextField(_("how to prepare"), blank=True, help_text=_("One line for each point."))
    preparation_es = models.TextField(
        _("how to prepare, in Spanish"),
        blank=True,
        default="",
        db_default="",
        help_text=_("One line for each point."),
    )
    arrive_early = models.PositiveSmallIntegerField(_("arrive early"), default=0, help_text=_("Minutes."))
    reminders = models.CharField(
        _("reminders"),
        max_length=40,
        blank=True,
        default="168, 24",
        db_default="168, 24",
        validators=[validate_reminders],
        help_text=_(
            "Hours before the visit, with commas: “168, 24” is 7 days and 1 day. Empty: none. "
            "A change holds for visits that are booked or moved from then on."
        ),
    )
    is_public = models.BooleanField(_("bookable online"), default=True)
    helps_choose = models.BooleanField(
        _("for those who are not sure"), default=False, help_text=_("Shown last, as “I am not sure”.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("visit type")
        verbose_name_plural = _("visit types")
        constraints = [
            models.CheckConstraint(
                condition=Q(duration__gte=5) & Q(duration__lte=480),
                name="booking_visittype_duration",
                violation_error_message=_("A visit lasts between 5 minutes and 8 hours."),
            ),
            models.CheckConstraint(
                condition=Q(buffer_before__lte=240) & Q(buffer_after__lte=240),
                name="booking_visittype_buffers",
                violation_error_message=_("The time kept free before or after a visit is at most 4 hours."),
            ),
            models.CheckConstraint(
                condition=Q(start_step__gte=5),
                name="booking_visittype_start_step",
                violation_error_message=_("Starts are at least 5 minutes apart."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.slug in RESERVED_SLUGS:
            raise ValidationError({"slug": _("This address is taken by a page of ours. Choose another.")})
        if self.arrive_early is not None and self.arrive_early > EARLIEST_ARRIVAL:
            raise ValidationError({"arrive_early": _("Ask patients to come at most 4 hours early.")})
        if self.counterpart is not None and self.counterpart.mode == self.mode:
            sentence = _("That visit is in the same place. Choose one that is in the other place.")
            raise ValidationError({"counterpart": sentence})

    @property
    def is_telehealth(self) -> bool:
        return self.mode == self.Mode.TELEHEALTH

    @property
    def shape(self) -> VisitShape:
        return VisitShape(
            duration=self.duration,
            buffer_before=self.buffer_before,
            buffer_after=self.buffer_after,
            start_step=self.start_step,
        )

    @property
    def preparation_points(self) -> list[str]:
        return [line.strip() for line in self.told.preparation.splitlines() if line.strip()]

    @property
    def reminder_hours(self) -> list[int]:
        """How many hours before a visit each reminder leaves; [] for none."""
        return [int(part) for part in self.reminders.split(",")] if self.reminders else []


class Practitioner(ToldMixin, models.Model):
    """A person whom patients can book."""

    slug = models.SlugField(_("address name"), unique=True)
    title = models.CharField(_("title"), max_length=20, blank=True, help_text=_("For example “Dr.”"))
    title_es = models.CharField(
        _("title in Spanish"),
        max_length=20,
        blank=True,
        default="",
        db_default="",
        help_text=_("For example “Dra.”"),
    )
    given_name = models.CharField(_("given name"), max_length=80)
    family_name = models.CharField(_("family name"), max_length=80)
    suffix = models.CharField(
        _("after the name"), max_length=30, blank=True, help_text=_("For example “MD” or “NP”")
    )
    role = models.CharField(_("role"), max_length=80, default="Neurologist")
    role_es = models.CharField(_("role in Spanish"), max_length=80, blank=True, default="", db_default="")
    bio = models.TextField(_("about"), blank=True)
    bio_es = models.TextField(_("about, in Spanish"), blank=True, default="", db_default="")
    email = models.EmailField(_("email"), blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="practitioner",
        verbose_name=_("staff account"),
    )
    visit_types = models.ManyToManyField(
        VisitType, blank=True, related_name="practitioners", verbose_name=_("visit types")
    )
    is_active = models.BooleanField(_("takes appointments"), default=True)
    daily_list = models.BooleanField(
        _("gets the day's list by email"),
        default=False,
        db_default=False,
        help_text=_("At 7 am of each working day: times, visit types and help needed. No names."),
    )

    class Meta:
        ordering = ["family_name", "given_name", "pk"]
        verbose_name = _("practitioner")
        verbose_name_plural = _("practitioners")

    def __str__(self) -> str:
        return self.display_name

    def clean(self) -> None:
        if self.daily_list and not self.email:
            raise ValidationError({"email": _("The day's list needs an email to go to.")})

    @property
    def display_name(self) -> str:
        return " ".join(part for part in (self.told.title, self.given_name, self.family_name) if part)

    @property
    def short_name(self) -> str:
        """For tight places: “Dr. Fischer”, or “P. Nair” without a title."""
        return f"{self.told.title or self.given_name[:1] + '.'} {self.family_name}"
