"""The audit trail as managers read it. Reading it is recorded like any other reading."""

import csv
from typing import Any

from auditlog import admin as auditlog_admin
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from audit.filters import KindFilter, PatientFilter, StaffFilter
from audit.models import BreakGlass, Entry, EntryQuerySet, Shown
from audit.reads import record_opened, record_shown
from audit.words import name_actor, name_page, name_record, spell_detail
from clinic.read_only import ReadOnlyAdmin
from staff.fresh import require_fresh_sign_in

# django-auditlog shows its entries raw.
assert auditlog_admin.LogEntry is Entry
admin.site.unregister(Entry)

MOST_EXPORTED = 10_000
# A query for the rows of the page, and no grouping of the whole table.
SHOWN_COUNT = Coalesce(
    Subquery(
        Shown.objects.filter(entry=OuterRef("pk"))
        .order_by()
        .values("entry")
        .annotate(n=Count("pk"))
        .values("n")
    ),
    0,
)


def link_patient(number: int | None) -> str:
    """Return the patient's number, with the way to the record."""
    return "–" if number is None else _link("admin:booking_patient_change", number, text=str(number))


def _link(page: str, key: int, *, text: str) -> str:
    """Return the text, as a link where there is such a page."""
    try:
        return format_html('<a href="{}">{}</a>', reverse(page, args=[key]), text)
    except NoReverseMatch:
        return text


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = (
        "when",
        "who",
        "kind",
        "record",
        "patient_link",
        "detail_in_words",
        "where",
        "remote_addr",
    )
    list_filter = (PatientFilter, KindFilter, StaffFilter)
    list_per_page = 50
    date_hierarchy = "timestamp"
    search_fields = ("=object_repr", "=patient_id")
    search_help_text = _("Number of a patient, or reference of a visit (K7M-4RT)")
    # Counting all of a table that only grows, or each filter's share of it, takes ever longer.
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    fields = readonly_fields = (
        "when",
        "who",
        "kind",
        "record",
        "patient_link",
        "detail_in_words",
        "where",
        "remote_addr",
        "shown_patients",
    )

    class Media:
        css = {"all": ("booking/desk.css",)}

    def get_queryset(self, request: HttpRequest) -> EntryQuerySet:
        entries: EntryQuerySet = Entry.objects.all()
        return entries.select_related("actor", "content_type").annotate(shown_count=SHOWN_COUNT)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """A number is a patient's, and finds the lists that showed them too."""
        term = search_term.strip()
        if term.isdecimal() and len(term) <= 18:
            return queryset.about_patient(int(term)), False
        return queryset.filter(object_repr__iexact=term) if term else queryset, False

    # --- Columns ------------------------------------------------------------------

    @admin.display(description=_("when"), ordering="timestamp")
    def when(self, entry: Entry) -> Any:
        return timezone.localtime(entry.timestamp)

    @admin.display(description=_("who"))
    def who(self, entry: Entry) -> str:
        return name_actor(entry)

    @admin.display(description=_("record"))
    def record(self, entry: Entry) -> str:
        name = name_record(entry)
        if entry.content_type is None or entry.object_id is None or entry.kind == Entry.Kind.DELETED:
            return name or "–"
        page = f"admin:{entry.content_type.app_label}_{entry.content_type.model}_change"
        return _link(page, entry.object_id, text=name)

    @admin.display(description=_("patient"))
    def patient_link(self, entry: Entry) -> str:
        return link_patient(entry.patient_id)

    @admin.display(description=_("detail"))
    def detail_in_words(self, entry: Any) -> str:
        return spell_detail(entry, shown=entry.shown_count) or "–"

    @admin.display(description=_("where"))
    def where(self, entry: Entry) -> str:
        return name_page(entry) or "–"

    @admin.display(description=_("patients shown"))
    def shown_patients(self, entry: Entry) -> str:
        numbers = entry.shown.order_by("patient_id").values_list("patient_id", flat=True)
        return format_html_join(", ", "{}", ((link_patient(number),) for number in numbers)) or "–"

    # --- Pages --------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(require_GET(self.export_view))
        return [path("export/", export, name="audit_entry_export"), *super().get_urls()]

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and request.user.has_perm("audit.export_entry")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {
            **(extra_context or {}),
            "title": _("Who saw and who changed what"),
            "may_export": self.has_export_permission(request),
        }
        response = super().changelist_view(request, context)
        changelist = (getattr(response, "context_data", None) or {}).get("cl")
        if changelist is not None:
            self._record_reading(request, kind=Entry.Kind.SEARCHED, count=changelist.result_count)
        return response

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        record_opened(request, kwargs["obj"])
        return super().render_change_form(request, context, *args, **kwargs)

    @method_decorator(require_fresh_sign_in)
    def export_view(self, request: HttpRequest) -> HttpResponse:
        """The list as it is narrowed, its latest MOST_EXPORTED rows, as a file."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        try:
            changelist = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            # As the list itself does: an address put together by hand exports nothing.
            return redirect("admin:audit_entry_changelist")
        entries = list(changelist.get_queryset(request)[:MOST_EXPORTED])
        self._record_reading(request, kind=Entry.Kind.EXPORTED, count=len(entries))
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="audit-trail.csv"'
        writer = csv.writer(response)
        writer.writerow(["when", "who", "what", "record", "patient", "detail", "where", "address"])
        for entry in entries:
            cells = [
                timezone.localtime(entry.timestamp).isoformat(timespec="seconds"),
                name_actor(entry),
                str(entry.get_kind_display()),
                name_record(entry),
                str(entry.patient_id or ""),
                spell_detail(entry, shown=entry.shown_count),
                name_page(entry),
                entry.remote_addr or "",
            ]
            writer.writerow([neutralize(cell) for cell in cells])
        return response

    def _record_reading(self, request: HttpRequest, *, kind: str, count: int) -> None:
        number = request.GET.get("patient", "")
        about = [int(number)] if number.isdecimal() and len(number) <= 18 else []
        record_shown(request, about, kind=kind, detail=str(count))


def neutralize(cell: str) -> str:
    """Keep a spreadsheet from taking a cell for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


@admin.register(BreakGlass)
class BreakGlassAdmin(ReadOnlyAdmin):
    """Who opened whom anyway, and why."""

    list_display = ("granted_at", "user", "patient_link", "reason", "expires_at")
    list_filter = ("granted_at",)
    list_select_related = ("user",)
    fields = readonly_fields = list_display

    @admin.display(description=_("patient"))
    def patient_link(self, opened: BreakGlass) -> str:
        return link_patient(opened.patient_id)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        changelist = (getattr(response, "context_data", None) or {}).get("cl")
        if changelist is not None:
            record_shown(request, [opened.patient_id for opened in changelist.result_list])
        return response

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        record_opened(request, kwargs["obj"])
        return super().render_change_form(request, context, *args, **kwargs)
