"""Where, who and what: locations with rooms, practitioners with hours, visit types with questions, chains."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.db.models import Field, ManyToManyField, Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from booking.admin.hours import ExceptionInline, RuleInline
from booking.admin.lookups import OfferedLookups
from booking.admin.week_pages import WeekPages
from booking.models import Chain, IntakeQuestion, Location, Practitioner, Room, VisitType
from booking.models.appointment import Status

IN_SPANISH = _("What patients read on Spanish pages and in Spanish mails. Empty: the English text.")


class KeepsSlugAdmin(OfferedLookups):
    """The slug is proposed from other fields and stays: it stands in addresses that people saved."""

    slug_from: tuple[str, ...] = ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Model | None = None
    ) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": self.slug_from}


def warn_of_coming(request: HttpRequest, told: str, **narrowing: Any) -> None:
    """Say what becomes of visits to come, with the way to their list."""
    query = urlencode({**narrowing, "status": Status.BOOKED.value, "since": timezone.localdate().isoformat()})
    address = f"{reverse('admin:booking_appointment_changelist')}?{query}"
    messages.warning(request, format_html('{} <a href="{}">{}</a>', told, address, _("Show them")))


def spell_staying(count: int) -> str:
    told = ngettext(
        "%(count)d visit to come stays booked: move or cancel it.",
        "%(count)d visits to come stay booked: move or cancel them.",
        count,
    )
    return told % {"count": count}


class RoomInline(admin.TabularInline):
    model = Room
    extra = 1


@admin.register(Location)
class LocationAdmin(KeepsSlugAdmin):
    list_display = ("name", "line1", "city", "phone", "is_active")
    inlines = (RoomInline,)
    fieldsets = (
        (None, {"fields": ("name", "slug", "is_active", "time_zone")}),
        (_("Address"), {"fields": ("line1", "line2", "city", "state", "postal_code", "phone")}),
        (_("For patients"), {"fields": ("directions", "access_notes")}),
        (
            _("Spanish"),
            {"fields": ("name_es", "directions_es", "access_notes_es"), "description": IN_SPANISH},
        ),
    )

    def save_model(self, request: HttpRequest, obj: Location, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        count = obj.appointments.upcoming(now=timezone.now()).count()
        if not count:
            return
        if "is_active" in form.changed_data and not obj.is_active:
            warn_of_coming(request, spell_staying(count), location__id__exact=obj.pk)
        if "time_zone" in form.changed_data:
            told = ngettext(
                "%(count)d visit to come keeps its moment, and its time by the new clock is another: "
                "tell the patient, or move it.",
                "%(count)d visits to come keep their moment, and their times by the new clock are others: "
                "tell the patients, or move them.",
                count,
            )
            warn_of_coming(request, told % {"count": count}, location__id__exact=obj.pk)


@admin.register(Practitioner)
class PractitionerAdmin(WeekPages, KeepsSlugAdmin):
    slug_from = ("given_name", "family_name")
    list_display = ("display_name", "suffix", "role", "is_active", "week_link")
    list_filter = ("is_active", "visit_types")
    search_fields = ("given_name", "family_name")
    inlines = (RuleInline, ExceptionInline)
    autocomplete_fields = ("user",)
    fieldsets = (
        (None, {"fields": ("title", "given_name", "family_name", "suffix", "slug", "role", "is_active")}),
        (_("For patients"), {"fields": ("bio", "visit_types")}),
        (_("Spanish"), {"fields": ("title_es", "role_es", "bio_es"), "description": IN_SPANISH}),
        (_("Staff only"), {"fields": ("email", "daily_list", "user")}),
    )

    class Media:
        css = {"all": ("booking/desk.css",)}

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        may_change_hours = request.user.has_perm("booking.change_availabilityrule")
        return [name for name in self.list_display if name != "week_link" or may_change_hours]

    def save_model(self, request: HttpRequest, obj: Practitioner, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        count = obj.appointments.upcoming(now=timezone.now()).count()
        if count and "is_active" in form.changed_data and not obj.is_active:
            warn_of_coming(request, spell_staying(count), practitioner__id__exact=obj.pk)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        # What an address fills in. Django's autocomplete asks the database for whatever it is.
        if not str(initial.get("user", "")).isdecimal():
            initial.pop("user", None)
        return initial

    def get_inlines(self, request: HttpRequest, obj: Practitioner | None) -> Any:
        return self.inlines if obj else ()

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        return super().formfield_for_manytomany(
            db_field, request, **{**kwargs, "widget": forms.CheckboxSelectMultiple}
        )


class QuestionInline(admin.StackedInline):
    """What patients of this visit type are asked. No answers here: they stand with the visits."""

    model = IntakeQuestion
    extra = 1
    fields = (
        "wording",
        "hint",
        ("kind", "choices"),
        "wording_es",
        "hint_es",
        "choices_es",
        ("is_required", "is_active", "position"),
    )

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in ("choices", "choices_es"):
            kwargs["widget"] = forms.Textarea(attrs={"rows": 4, "cols": 40})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(VisitType)
class VisitTypeAdmin(KeepsSlugAdmin):
    list_display = ("name", "duration", "mode", "audience", "is_public", "position")
    list_filter = ("is_public", "mode", "audience")
    inlines = (QuestionInline,)
    fieldsets = (
        (_("What patients see"), {"fields": ("name", "slug", "summary", "position")}),
        (_("For whom and where"), {"fields": ("audience", "mode", "counterpart", "needs_referral")}),
        (_("Time"), {"fields": ("duration", "buffer_before", "buffer_after", "start_step")}),
        (
            _("Booking online"),
            {
                "fields": (
                    "is_public",
                    "helps_choose",
                    "minimum_notice",
                    "booking_horizon",
                    "change_cutoff",
                    "daily_limit",
                )
            },
        ),
        (_("Rooms"), {"fields": ("rooms",)}),
        (_("Getting ready"), {"fields": ("arrive_early", "preparation", "reminders")}),
        (_("Spanish"), {"fields": ("name_es", "summary_es", "preparation_es"), "description": IN_SPANISH}),
    )

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        # A room says where it is: without the join each checkbox would ask for it.
        rooms = Room.objects.select_related("location")
        return super().formfield_for_manytomany(
            db_field, request, **{**kwargs, "queryset": rooms, "widget": forms.CheckboxSelectMultiple}
        )


@admin.register(Chain)
class ChainAdmin(OfferedLookups):
    list_display = ("name", "first", "second", "least_gap", "most_gap", "is_active")
    list_select_related = ("first", "second")
    fieldsets = (
        (_("What patients see"), {"fields": ("name", "summary")}),
        (_("The two visits"), {"fields": ("first", "second", "least_gap", "most_gap", "is_active")}),
        (_("Spanish"), {"fields": ("name_es", "summary_es"), "description": IN_SPANISH}),
    )
