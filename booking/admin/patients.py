"""Patients: find them, correct what they told us, see their visits."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, Field, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.reads import record_shown
from booking import scope
from booking.admin.filters import ReachFilter
from booking.admin.inlines import ReadOnlyInline
from booking.admin.merging import MergePages, count_moved
from booking.admin.privacy import ERASE, EXPORT, PrivacyPages
from booking.admin.reading import RecordsReads
from booking.duplicates import find_likely_duplicates
from booking.models import Appointment, Patient, PatientMerge, RelatedPerson
from booking.templatetags.times import clock, full_day


class VisitInline(ReadOnlyInline):
    """The patient's visits, the latest first. Changed on their own pages."""

    model = Appointment
    verbose_name_plural = _("visits")
    fields = readonly_fields = ("when", "visit_type", "practitioner", "status")
    ordering = ("-start",)
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appointment]:
        return scope.visible_visits(request.user).select_related("visit_type", "practitioner", "location")

    @admin.display(description=_("when"))
    def when(self, appointment: Appointment) -> str:
        return f"{full_day(appointment.local_start)}, {clock(appointment.local_start)}"


class RelatedInline(ReadOnlyInline):
    """Who books and is called for the patient, as each of them said it."""

    model = RelatedPerson
    fields = readonly_fields = ("name", "relationship", "is_contact", "phone", "email", "reminders_off_at")


class MergedFilter(admin.SimpleListFilter):
    """Records that were merged into another are hidden unless asked for."""

    title = _("records")
    parameter_name = "merged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Merged into another"))]

    def choices(self, changelist: Any) -> Any:
        current, merged = super().choices(changelist)
        yield {**current, "display": _("Current")}
        yield merged

    def queryset(self, request: HttpRequest, queryset: QuerySet[Patient]) -> QuerySet[Patient]:
        return queryset.filter(merged_into__isnull=self.value() != "yes")


class DoubleFilter(admin.SimpleListFilter):
    """A first look, in one query. The patient's page compares more closely."""

    title = _("may be double")
    parameter_name = "double"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("new", _("New in the last 30 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Patient]) -> QuerySet[Patient]:
        if self.value() != "new":
            return queryset
        others = scope.visible_patients(request.user).current().filter(birth_date=OuterRef("birth_date"))
        alike = (
            Q(family_name__iexact=OuterRef("family_name"))
            | Q(phone=OuterRef("phone"), phone__gt="")
            | Q(email=OuterRef("email"), email__gt="")
        )
        return queryset.filter(
            Exists(others.filter(alike).exclude(pk=OuterRef("pk"))),
            created_at__gte=timezone.now() - timedelta(days=30),
        )


@admin.register(Patient)
class PatientAdmin(RecordsReads, MergePages, PrivacyPages):
    list_display = ("family_name", "given_name", "birth_date", "phone", "email")
    list_display_links = ("family_name", "given_name")
    list_filter = (MergedFilter, DoubleFilter, ReachFilter)
    actions = ("compare",)
    # No search_fields: what is typed would stand in the address. The desk finds by POST; docs/adr/0019.
    change_list_template = "admin/booking/found_at_desk.html"
    inlines = (VisitInline, RelatedInline)
    fields = ("given_name", "family_name", "birth_date", "phone", "email", "reminders_off_at", "language")

    class Media:
        css = {"all": ("booking/desk.css",)}

    # --- What may be done ---------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Patient | None = None) -> bool:
        is_merged = obj is not None and obj.merged_into_id is not None
        return not is_merged and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Patient | None = None) -> bool:
        is_merged = obj is not None and obj.merged_into_id is not None
        return not is_merged and super().has_delete_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Patient]:
        return scope.visible_patients(request.user)

    # --- The page of one ----------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        patient = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if patient is not None and self.has_view_permission(request, patient):
            is_current = patient.merged_into_id is None
            duplicates = (
                find_likely_duplicates(patient, among=scope.visible_patients(request.user))
                if is_current
                else []
            )
            record_shown(request, [duplicate.patient.pk for duplicate in duplicates], detail="duplicates")
            context |= {
                "duplicates": duplicates,
                "can_merge": self.has_merge_permission(request),
                "can_book": is_current and request.user.has_perm("booking.add_appointment"),
                "can_export": is_current and request.user.has_perm(EXPORT),
                "can_erase": is_current and request.user.has_perm(ERASE),
            }
            # The other record of a merge has no visits, so it is nobody's own.
            if scope.sees_every_visit(request.user):
                merges = self._find_merges(kept=patient)
                context |= {
                    "merge": self._find_merges(merged=patient).first(),
                    "merges": [(merge, count_moved(merge.moved)) for merge in merges],
                }
        return super().change_view(request, object_id, form_url, context)

    def _find_merges(self, **which: Patient) -> QuerySet[PatientMerge]:
        return PatientMerge.objects.filter(**which).select_related("kept", "merged", "by")

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "language":
            return forms.ChoiceField(choices=settings.LANGUAGES, label=_("Language"))
        if db_field.name == "reminders_off_at":
            # Patients change it by themselves, also while staff have this page open: see save_model.
            kwargs["show_hidden_initial"] = True
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Patient, form: "forms.ModelForm[Patient]", change: bool
    ) -> None:
        changed = set(form.changed_data)
        if "phone" in changed:
            # Pages show the number as it was typed; the old one must not live on there.
            obj.phone_typed = obj.phone.as_national if obj.phone else ""
            changed.add("phone_typed")
        # What staff have changed, and no more: the patient may have stopped reminders since the page was
        # shown, and somebody else may merge the record at this moment.
        obj.save(update_fields=changed if change else None)

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

    # --- The admin's own log ------------------------------------------------------------

    def log_addition(self, request: HttpRequest, obj: Patient, message: Any) -> LogEntry:
        return self._log(request, [obj], ADDITION, message)[0]

    def log_change(self, request: HttpRequest, obj: Patient, message: Any) -> LogEntry:
        return self._log(request, [obj], CHANGE, message)[0]

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Patient]) -> list[LogEntry]:
        return self._log(request, queryset, DELETION, [])

    def _log(
        self, request: HttpRequest, patients: Iterable[Patient], flag: int, message: Any
    ) -> list[LogEntry]:
        """By number: Django would write the name, which stays in its log when the patient is gone."""
        kind = ContentType.objects.get_for_model(Patient)
        return LogEntry.objects.bulk_create(
            LogEntry(
                user_id=request.user.pk or 0,
                content_type=kind,
                object_id=str(patient.pk),
                object_repr=f"#{patient.pk}",
                action_flag=flag,
                change_message=json.dumps(message) if isinstance(message, list) else message,
            )
            for patient in patients
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().history_view(
            request, object_id, {**(extra_context or {}), "title": _("Change history")}
        )
