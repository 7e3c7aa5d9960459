"""What the list of appointments and the page of one show, in words that staff need at a glance."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking import scope
from booking.admin.inlines import ReadOnlyInline
from booking.admin.wishes import (
    name_contact,
    read_phone,
    sign_needs,
    spell_needs,
    tell_device_time,
    tell_urgency,
)
from booking.models import Appointment, AppointmentEvent
from booking.models.appointment import Status
from booking.templatetags.times import clock, full_day, short_day, zone_label

# A sign beside the word: colour alone does not tell.
SIGNS = {
    Status.PENDING: "◌",
    Status.BOOKED: "○",
    Status.ARRIVED: "◐",
    Status.CHECKED_IN: "●",
    Status.FULFILLED: "✓",
    Status.NOSHOW: "✕",
    Status.CANCELLED: "–",
    Status.ENTERED_IN_ERROR: "–",
}


# As the page of a visit names the fields of `scope.CLINICAL_FIELDS`.
_CLINICAL = ("reason", "answers", "article", "came_from")


class EventInline(ReadOnlyInline):
    """The history: read, never written here."""

    model = AppointmentEvent
    verbose_name_plural = _("history")
    fields = readonly_fields = (
        "at",
        "kind",
        "actor_kind",
        "staff_member",
        "from_status",
        "to_status",
        "left_behind",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AppointmentEvent]:
        return super().get_queryset(request).select_related("actor", "appointment__location")

    @admin.display(description=_("staff member"))
    def staff_member(self, event: AppointmentEvent) -> str:
        # Plain: the page of an account is for few.
        return event.actor.get_username() if event.actor else self.get_empty_value_display()

    @admin.display(description=_("old time"))
    def left_behind(self, event: AppointmentEvent) -> str:
        if "start" not in event.details:
            return "-"
        start = datetime.fromisoformat(event.details["start"]).astimezone(event.appointment.location.zone)
        return f"{full_day(start)}, {clock(start)}"


class VisitFields(admin.ModelAdmin):
    """Mixed into the admin of appointments: nothing here can be typed into."""

    inlines = (EventInline,)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "reference_shown",
                    "status_sign",
                    "when_long",
                    "visit_type",
                    "practitioner",
                    "practitioner_choice",
                    "place",
                )
            },
        ),
        (_("Help at the visit"), {"fields": ("needs",)}),
        (_("Patient, and whom to call"), {"fields": ("patient", "birth_date", "contact", "phone", "email")}),
        (
            _("What the patient says"),
            {"fields": ("reason", "answers", "coverage", "referral_said", "article")},
        ),
        (
            _("Record"),
            {
                "fields": (
                    "source",
                    "language",
                    "came_from",
                    "booked_at",
                    "confirmed_at",
                    "urgency",
                    "consented_at",
                    "consent_wording",
                    "cancelled_at",
                    "cancellation_reason",
                    "hold_expires_at",
                    "version",
                )
            },
        ),
    )
    readonly_fields = (
        "reference_shown",
        "status_sign",
        "when_long",
        "place",
        "needs",
        "birth_date",
        "contact",
        "phone",
        "email",
        "answers",
        "referral_said",
        "urgency",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appointment]:
        return scope.visible_visits(request.user).with_parts()

    def get_fieldsets(self, request: HttpRequest, obj: Appointment | None = None) -> Any:
        """Without what only some may read."""
        if scope.may_read_answers(request.user):
            return self.fieldsets
        return [
            (title, {"fields": tuple(name for name in said["fields"] if name not in _CLINICAL)})
            for title, said in self.fieldsets
        ]

    @admin.display(description=_("when"), ordering="start")
    def when(self, visit: Appointment) -> str:
        return f"{short_day(visit.local_start)}, {clock(visit.local_start)}"

    @admin.display(description=_("when"))
    def when_long(self, visit: Appointment) -> str:
        times = f"{clock(visit.local_start)} – {clock(visit.local_end)}"
        told = f"{full_day(visit.local_start)}, {times}, {zone_label(visit.location.zone)}"
        on_device = tell_device_time(visit)
        return format_html("{}<br>{}", told, on_device) if on_device else told

    @admin.display(description=_("place"), ordering="location__name")
    def place(self, visit: Appointment) -> str:
        return f"{visit.location}, {visit.room.name}" if visit.room else str(visit.location)

    @admin.display(description=_("status"), ordering="status")
    def status_sign(self, visit: Appointment) -> str:
        status = Status(visit.status)
        return format_html(
            '<span class="status status--{}">{} {}</span>', status, SIGNS[status], status.label
        )

    @admin.display(description=_("reference"), ordering="reference")
    def reference_shown(self, visit: Appointment) -> str:
        return visit.display_reference

    @admin.display(description=_("help"), empty_value="")
    def help_sign(self, visit: Appointment) -> str:
        signs = sign_needs(visit)
        return format_html('<span class="help-sign">◆ {}</span>', signs) if signs else ""

    @admin.display(description=_("needs"))
    def needs(self, visit: Appointment) -> str:
        lines = spell_needs(visit)
        if not lines:
            return gettext("No help was asked for")
        return format_html(
            '<ul class="desk-needs">{}</ul>',
            format_html_join("", "<li>{}</li>", ((line,) for line in lines)),
        )

    @admin.display(description=_("date of birth"))
    def birth_date(self, visit: Appointment) -> Any:
        return visit.patient.birth_date if visit.patient else self.get_empty_value_display()

    @admin.display(description=_("whom to call"))
    def contact(self, visit: Appointment) -> str:
        if visit.patient is None:
            return self.get_empty_value_display()
        return name_contact(visit.related_person)

    @admin.display(description=_("phone"))
    def phone(self, visit: Appointment) -> str:
        return read_phone(visit.contact) or self.get_empty_value_display()

    @admin.display(description=_("email"))
    def email(self, visit: Appointment) -> str:
        # Django writes an empty value of a method as "None".
        return (visit.contact and visit.contact.email) or self.get_empty_value_display()

    @admin.display(description=_("answers"))
    def answers(self, visit: Appointment) -> str:
        answers = [(answer.told_wording, answer.answer) for answer in visit.intake_answers.all()]
        if not answers:
            return self.get_empty_value_display()
        return format_html(
            '<dl class="desk-answers">{}</dl>',
            format_html_join("", "<dt>{}</dt><dd>{}</dd>", answers),
        )

    @admin.display(description=_("request from a doctor"))
    def referral_said(self, visit: Appointment) -> str:
        parts = (visit.get_referral_display(), visit.referral_from)
        return ": ".join(filter(None, parts)) or self.get_empty_value_display()

    @admin.display(description=_("read when to call 911"))
    def urgency(self, visit: Appointment) -> str:
        return tell_urgency(visit)
