"""Kept time: parts of the week that are kept back for visits of some types."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from booking.admin.hours import OF_CLINICIAN, RuleTimeFilter
from booking.admin.lookups import OfferedLookups
from booking.models import KeptTime


@admin.register(KeptTime)
class KeptTimeAdmin(OfferedLookups):
    list_display = (
        "name",
        "weekday",
        "starts_at",
        "ends_at",
        "practitioner",
        "location",
        "kept_for",
        "opens_hours",
        "released_hours",
    )
    list_filter = (RuleTimeFilter, "practitioner", "location", "weekday")
    list_select_related = ("practitioner", "location")
    list_per_page = 50
    search_fields = ("name", *OF_CLINICIAN, "location__name")
    search_help_text = _("Name, or name of the clinician or the location")
    filter_horizontal = ("visit_types",)
    fieldsets = (
        (None, {"fields": ("name", "practitioner", "location")}),
        (_("When"), {"fields": ("weekday", "starts_at", "ends_at", "valid_from", "valid_to")}),
        (
            _("For whom"),
            {
                "fields": ("visit_types", "opens_hours", "released_hours"),
                "description": _(
                    "Online, only these visit types can be booked then. "
                    "Staff may book any visit, with a reason. Visits that stand are not touched."
                ),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[KeptTime]:
        return super().get_queryset(request).prefetch_related("visit_types")

    @admin.display(description=_("kept for"))
    def kept_for(self, kept: KeptTime) -> str:
        return ", ".join(str(visit_type) for visit_type in kept.visit_types.all()) or str(_("nobody"))
