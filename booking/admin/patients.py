"""Patients: find them, correct what they told us, see their visits."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Field, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from booking.admin.inlines import ReadOnlyInline
from booking.models import Appointment, Patient
from booking.templatetags.times import clock, full_day


class VisitInline(ReadOnlyInline):
    """The patient's visits, the latest first. Changed on their own pages."""

    model = Appointment
    verbose_name_plural = _("visits")
    fields = readonly_fields = ("when", "visit_type", "practitioner", "status")
    ordering = ("-start",)
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appointment]:
        return super().get_queryset(request).select_related("visit_type", "practitioner", "location")

    @admin.display(description=_("when"))
    def when(self, appointment: Appointment) -> str:
        return f"{full_day(appointment.local_start)}, {clock(appointment.local_start)}"


@admin.register(Patient)
class PatientAdmin(admin.ModelAdmin):
    list_display = ("family_name", "given_name", "birth_date", "phone", "email")
    list_display_links = ("family_name", "given_name")
    search_fields = ("given_name", "family_name", "phone", "phone_typed", "email")
    inlines = (VisitInline,)
    fields = ("given_name", "family_name", "birth_date", "phone", "email", "language")

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "language":
            return forms.ChoiceField(choices=settings.LANGUAGES, label=_("Language"))
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Patient, form: "forms.ModelForm[Patient]", change: bool
    ) -> None:
        if "phone" in form.changed_data:
            # Pages show the number as it was typed; the old one must not live on there.
            obj.phone_typed = obj.phone.as_national if obj.phone else ""
        super().save_model(request, obj, form, change)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        # Django puts the object into the page's title, and titles are kept by browsers: no names there.
        return super().changeform_view(
            request, object_id, form_url, {**(extra_context or {}), "subtitle": None}
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().history_view(
            request, object_id, {**(extra_context or {}), "title": _("Change history")}
        )
