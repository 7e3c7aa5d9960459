"""Recording whom a page of the admin showed: one record, its history, a list."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from audit.models import Entry
from audit.reads import record_opened, record_shown
from booking.models import Patient


class RecordsReads(admin.ModelAdmin):
    """Mixed into the admin of whatever is about patients."""

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if kwargs.get("obj") is not None:
            record_opened(request, kwargs["obj"])
        return super().render_change_form(request, context, *args, **kwargs)

    def render_delete_form(self, request: HttpRequest, context: Any) -> HttpResponse:
        record_opened(request, context["object"])
        return super().render_delete_form(request, context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().history_view(request, object_id, extra_context)
        shown = getattr(response, "context_data", None)
        if shown is not None:  # else a way back to the index: there is no such record
            record_opened(request, shown["object"])
        return response

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        changelist = (getattr(response, "context_data", None) or {}).get("cl")
        if changelist is not None:
            record_shown(
                request,
                find_patients(changelist.result_list),
                kind=Entry.Kind.SEARCHED if changelist.query else Entry.Kind.LISTED,
                detail=str(changelist.result_count),
            )
        return response


def find_patients(rows: Iterable[Model]) -> list[int | None]:
    """Return the number of the patient whom each row is about; None for a hold."""
    return [row.pk if isinstance(row, Patient) else row.patient_id for row in rows]  # type: ignore[attr-defined]
