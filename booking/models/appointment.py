"""The appointment, and the database's own promise that no two overlap."""

import secrets
import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.constraints import BusyTime, NoOverlap
from booking.engine.states import HOLDS_TIME
from booking.engine.states import Status as State
from booking.models.patient import Patient, RelatedPerson
from booking.models.practice import MAX_BUSY_MINUTES, Location, Practitioner, Room, VisitType
from booking.models.together import VisitGroup

# People read references aloud and copy them by hand: no 0 O 1 I L.
REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
REFERENCE_LENGTH = 6

HOLDING_STATUSES = tuple(sorted(status.value for status in HOLDS_TIME))


def make_reference() -> str:
    return "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))


def normalize_reference(typed: str) -> str:
    """Return a reference as it is stored: dashes, spaces and case do not matter."""
    return "".join(character for character in typed.upper() if character.isalnum())


class Status(models.TextChoices):
    """The engine's states, with words for people."""

    PENDING = State.PENDING.value, _("Held online")
    BOOKED = State.BOOKED.value, _("Booked")
    ARRIVED = State.ARRIVED.value, _("Arrived")
    CHECKED_IN = State.CHECKED_IN.value, _("In room")
    FULFILLED = State.FULFILLED.value, _("Done")
    NOSHOW = State.NOSHOW.value, _("No-show")
    CANCELLED = State.CANCELLED.value, _("Cancelled")
    ENTERED_IN_ERROR = State.ENTERED_IN_ERROR.value, _("Entered in error")


class Source(models.TextChoices):
    ONLINE = "online", _("Online")
    STAFF = "staff", _("Front desk")
    DEMO = "demo", _("Demo practice")


class CameFrom(models.TextChoices):
    """What led to a booking. Who wrote it down is its Source."""

    DIRECT = "direct", _("The booking pages")
    ARTICLE = "article", _("An article")
    PATH = "path", _("The questions “Which of these is most like yours?”")
    CALLER = "caller", _("A call, or the front desk")


class PractitionerChoice(models.TextChoices):
    """Why a visit is with this practitioner and no other."""

    NAMED = "named", _("The patient chose this clinician")
    SAME = "same", _("The same clinician as before")
    FAIR = "fair", _("Any clinician: this one had the most free time that day")
    ONLY = "only", _("Any clinician: no one else was free then")
    STAFF = "staff", _("Chosen by staff")


class Coverage(models.TextChoices):
    INSURED = "insured", _("I have insurance. Please bill it.")
    SELF_PAY = "self_pay", _("I pay for the visit myself.")
    UNSURE = "unsure", _("I am not sure.")


class Referral(models.TextChoices):
    HAVE = "have", _("Yes, I will bring it")
    SENT = "sent", _("Yes, my doctor sends it to you")
    NOT_YET = "not_yet", _("Not yet")


class CancellationReason(models.TextChoices):
    PATIENT = "patient", _("Cancelled by the patient")
    PRACTICE = "practice", _("Cancelled by the practice")
    HOLD_EXPIRED = "hold_expired", _("The hold ran out")
    HOLD_RELEASED = "hold_released", _("Another time was chosen")


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def holding_time(self, *, now: datetime) -> Self:
        """Those that keep their time from others: a hold that ran out no longer does."""
        return self.filter(status__in=HOLDING_STATUSES).exclude(
            status=Status.PENDING, hold_expires_at__lte=now
        )

    def with_parts(self) -> Self:
        """With everything that a page or a mail about the visit names, in one query."""
        return self.select_related(
            "visit_type", "practitioner", "location", "room", "patient", "related_person"
        )

    def visits(self) -> Self:
        """Everything but holds that never became a visit."""
        return self.filter(patient__isnull=False)

    def upcoming(self, *, now: datetime) -> Self:
        return self.filter(status=Status.BOOKED, start__gt=now)

    def chained(self) -> Self:
        """Booked ones that are one of a chain's two."""
        return self.filter(status=Status.BOOKED, group__chain__isnull=False)


class Appointment(models.Model):
    """One visit, from the hold on. Written only by `booking.actions`."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(
        _("reference"), max_length=REFERENCE_LENGTH, unique=True, default=make_reference, editable=False
    )
    visit_type = models.ForeignKey(
        VisitType, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("visit type")
    )
    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("practitioner")
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("location")
    )
    room = models.ForeignKey(
        Room,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
        verbose_name=_("room"),
    )
    patient = models.ForeignKey(
        Patient,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
        verbose_name=_("patient"),
    )
    # A series or a chain: `booking.actions.book_together` makes them.
    group = models.ForeignKey(
        VisitGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="visits",
        verbose_name=_("booked together with others"),
    )
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.PENDING)
    start = models.DateTimeField(_("start"))
    end = models.DateTimeField(_("end"))
    busy_start = models.DateTimeField(_("busy from"))
    busy_end = models.DateTimeField(_("busy to"))
    version = models.PositiveIntegerField(_("version"), default=0)
    hold_expires_at = models.DateTimeField(_("held until"), null=True, blank=True)
    holder = models.CharField(max_length=64, blank=True, editable=False)
    holder_address = models.CharField(max_length=64, blank=True, editable=False)
    source = models.CharField(_("booked by way of"), max_length=8, choices=Source, default=Source.ONLINE)
    reason = models.TextField(_("reason"), blank=True)
    related_person = models.ForeignKey(
        RelatedPerson,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
        verbose_name=_("booked by"),
    )
    practitioner_choice = models.CharField(
        _("why this clinician"),
        max_length=6,
        choices=PractitionerChoice,
        blank=True,
        default="",
        db_default="",
    )
    needs_interpreter = models.BooleanField(_("interpreter"), default=False, db_default=False)
    interpreter_language = models.CharField(
        _("language of the interpreter"), max_length=60, blank=True, default="", db_default=""
    )
    needs_step_free = models.BooleanField(
        _("step-free way, or help with moving"), default=False, db_default=False
    )
    needs_quiet = models.BooleanField(_("quiet place or low light"), default=False, db_default=False)
    needs_more_time = models.BooleanField(_("more time"), default=False, db_default=False)
    access_needs = models.TextField(_("other help at the visit"), blank=True)
    coverage = models.CharField(
        _("payment"), max_length=8, choices=Coverage, blank=True, default="", db_default=""
    )
    referral = models.CharField(
        _("request from a doctor"), max_length=8, choices=Referral, blank=True, default="", db_default=""
    )
    referral_from = models.CharField(
        _("doctor who sends the patient"), max_length=120, blank=True, default="", db_default=""
    )
    consented_at = models.DateTimeField(_("agreed on"), null=True, blank=True)
    consent_wording = models.TextField(_("agreed to"), blank=True, default="", db_default="")
    urgency_acknowledged_at = models.DateTimeField(_("read when to call 911"), null=True, blank=True)
    patient_time_zone = models.CharField(
        _("time zone of the patient's device"), max_length=64, blank=True, default="", db_default=""
    )
    # A name and not a row: booking knows no articles, and a visit outlives them.
    article = models.SlugField(
        _("article that led here"), max_length=80, blank=True, default="", db_default="", db_index=False
    )
    # Of the mails about it: that of the pages on which it was booked or last changed.
    language = models.CharField(
        _("language"), max_length=8, choices=settings.LANGUAGES, default="en", db_default="en"
    )
    came_from = models.CharField(
        _("came from"),
        max_length=8,
        choices=CameFrom,
        default=CameFrom.DIRECT,
        db_default=CameFrom.DIRECT.value,
    )
    cancellation_reason = models.CharField(
        _("why cancelled"), max_length=16, choices=CancellationReason, blank=True
    )
    booked_at = models.DateTimeField(_("booked on"), null=True, blank=True)
    # Of this time: a move or a cancellation takes it back.
    confirmed_at = models.DateTimeField(_("said they will come"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled on"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["start", "pk"]
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        # Asked by `booking.scope`.
        permissions = [
            ("view_every_visit", _("Can see patients and visits of every clinician")),
            ("read_answers", _("Can read what patients say of their health")),
            ("override_rules", _("Can set the practice's rules aside for a visit")),
            ("export_appointment", _("Can export visits")),
            ("view_reports", _("Can see the reports")),
        ]
        indexes = [
            models.Index(fields=["practitioner", "busy_start"], name="booking_appt_practitioner"),
            models.Index(fields=["room", "busy_start"], name="booking_appt_room"),
            models.Index(fields=["patient", "busy_start"], name="booking_appt_patient"),
            models.Index(fields=["start"], name="booking_appt_start"),
            models.Index(
                fields=["hold_expires_at"], condition=Q(status="pending"), name="booking_appt_stale_holds"
            ),
        ]
        constraints = [
            # The judge of overlap on both engines. Do not replace these by a check in Python:
            # two requests that look at the same moment both find the time free.
            NoOverlap(
                resource="practitioner",
                statuses=HOLDING_STATUSES,
                name="booking_no_overlap_practitioner",
                violation_error_message=_("The practitioner already has a visit at that time."),
            ),
            NoOverlap(
                resource="room",
                statuses=HOLDING_STATUSES,
                name="booking_no_overlap_room",
                violation_error_message=_("The room is already taken at that time."),
            ),
            NoOverlap(
                resource="patient",
                statuses=HOLDING_STATUSES,
                name="booking_no_overlap_patient",
                violation_error_message=_("The patient already has a visit at that time."),
            ),
            BusyTime(
                longest_minutes=MAX_BUSY_MINUTES,
                name="booking_appointment_busy_time",
                violation_error_message=_("The busy time must end after it starts, at most a day later."),
            ),
            models.CheckConstraint(
                condition=Q(end__gt=F("start")) & Q(busy_start__lte=F("start")) & Q(busy_end__gte=F("end")),
                name="booking_appointment_times_order",
                violation_error_message=_("A visit must end after it starts, inside its busy time."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=[state.value for state in State]),
                name="booking_appointment_status",
                violation_error_message=_("This status does not exist."),
            ),
            models.CheckConstraint(
                condition=Q(status="pending", hold_expires_at__isnull=False)
                | (~Q(status="pending") & Q(hold_expires_at__isnull=True)),
                name="booking_appointment_hold_expires",
                violation_error_message=_("A held time, and nothing else, has an end to its hold."),
            ),
            models.CheckConstraint(
                condition=Q(patient__isnull=False) | Q(status__in=["pending", "cancelled"]),
                name="booking_appointment_has_patient",
                violation_error_message=_("A booked visit needs a patient."),
            ),
            models.CheckConstraint(
                condition=Q(status="cancelled", cancelled_at__isnull=False)
                | (~Q(status="cancelled") & Q(cancelled_at__isnull=True)),
                name="booking_appointment_cancelled_at",
                violation_error_message=_("A cancelled visit, and nothing else, has a cancellation time."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.display_reference} {self.local_start:%Y-%m-%d %H:%M}"

    @property
    def display_reference(self) -> str:
        return f"{self.reference[:3]}-{self.reference[3:]}"

    @property
    def local_start(self) -> datetime:
        """The start on the wall clock of its location."""
        return self.start.astimezone(self.location.zone)

    @property
    def local_end(self) -> datetime:
        return self.end.astimezone(self.location.zone)

    @property
    def contact(self) -> Patient | RelatedPerson | None:
        """Whom we call and write to about the visit; None for a hold."""
        if self.related_person is not None and self.related_person.is_contact:
            return self.related_person
        return self.patient

    @property
    def local_expires_at(self) -> datetime | None:
        """Until when a hold stands, on the wall clock of its location."""
        return self.hold_expires_at and self.hold_expires_at.astimezone(self.location.zone)

    @property
    def is_hold(self) -> bool:
        return self.status == Status.PENDING
