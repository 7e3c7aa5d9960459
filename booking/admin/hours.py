"""Clinic hours: weekly rules, exceptions and closures. Times are the wall time of the location."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from booking.models import AvailabilityException, AvailabilityRule, Closure


class RuleInline(admin.TabularInline):
    model = AvailabilityRule
    extra = 1


class ExceptionInline(admin.TabularInline):
    model = AvailabilityException
    extra = 1


@admin.register(AvailabilityRule)
class AvailabilityRuleAdmin(admin.ModelAdmin):
    list_display = (
        "practitioner",
        "weekday",
        "starts_at",
        "ends_at",
        "location",
        "valid_from",
        "valid_to",
    )
    list_filter = ("practitioner", "location", "weekday")
    list_select_related = ("practitioner", "location")


@admin.register(AvailabilityException)
class AvailabilityExceptionAdmin(admin.ModelAdmin):
    list_display = (
        "practitioner",
        "kind",
        "first_day",
        "last_day",
        "starts_at",
        "ends_at",
        "location",
        "note",
    )
    list_filter = ("practitioner", "kind")
    list_select_related = ("practitioner", "location")
    date_hierarchy = "first_day"


@admin.register(Closure)
class ClosureAdmin(admin.ModelAdmin):
    list_display = ("name", "first_day", "last_day", "starts_at", "ends_at", "location")
    list_filter = ("location",)
    list_select_related = ("location",)
    date_hierarchy = "first_day"
    fieldsets = (
        (None, {"fields": ("name", "location")}),
        (_("When"), {"fields": ("first_day", "last_day", "starts_at", "ends_at")}),
    )
