"""Clinic hours: weekly rules, exceptions and closures. Times are the wall time of the location.

The stock pages write by way of `booking.blocking`, as the desk's own pages do.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import ForeignKey, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from booking import blocking, scope
from booking.actions import Actor, BookingError
from booking.admin.caught import warn_of_caught
from booking.admin.inlines import ReadOnlyInline
from booking.admin.lookups import OfferedLookups
from booking.admin.words import explain_error
from booking.availability.caught import count_caught
from booking.models import AvailabilityException, AvailabilityRule, Closure

OF_CLINICIAN = ("practitioner__given_name", "practitioner__family_name")


class RuleInline(ReadOnlyInline):
    """The hours that hold or will: changed as one week."""

    model = AvailabilityRule
    fields = ("weekday", "starts_at", "ends_at", "location", "valid_from", "valid_to")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AvailabilityRule]:
        rules = super().get_queryset(request).exclude(valid_to__lt=timezone.localdate())
        return rules.select_related("location")


class ExceptionInline(ReadOnlyInline):
    """What is to come: changed at the desk."""

    model = AvailabilityException
    verbose_name_plural = _("blocked and extra time to come")
    fields = ("kind", "first_day", "last_day", "starts_at", "ends_at", "location", "note")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AvailabilityException]:
        coming = scope.visible_blocks(request.user).filter(last_day__gte=timezone.localdate())
        return coming.select_related("location")


class TimeFilter(admin.SimpleListFilter):
    """What is still to come, unless the past is asked for."""

    title = _("time")
    parameter_name = "time"
    coming = _("Today and to come")
    ends = "last_day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("past", _("Past")), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        coming, *others = super().choices(changelist)
        yield {**coming, "display": self.coming}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        past = Q(**{f"{self.ends}__isnull": False, f"{self.ends}__lt": timezone.localdate()})
        if self.value() == "all":
            return queryset
        return queryset.filter(past) if self.value() == "past" else queryset.exclude(past)


class RuleTimeFilter(TimeFilter):
    coming = _("Now and later")
    ends = "valid_to"


class WritesTime(OfferedLookups):
    """A row of somebody's time: what the writer refuses is said in words, with nothing changed."""

    list_per_page = 50

    class Media:
        css = {"all": ("booking/desk.css",)}

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._try(request, lambda: super(WritesTime, self).changeform_view(request, *args, **kwargs))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return self._try(request, lambda: super(WritesTime, self).changelist_view(request, extra_context))

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._try(request, lambda: super(WritesTime, self).delete_view(request, *args, **kwargs))

    def _try(self, request: HttpRequest, show: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            # The stock pages log what they delete before they delete it.
            with transaction.atomic():
                return show()
        except BookingError as error:
            messages.error(request, explain_error(error))
            return redirect(f"admin:booking_{self.opts.model_name}_changelist")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_queryset(request, self.get_queryset(request).filter(pk=obj.pk))


@admin.register(AvailabilityRule)
class AvailabilityRuleAdmin(WritesTime):
    list_display = (
        "practitioner",
        "weekday",
        "starts_at",
        "ends_at",
        "location",
        "valid_from",
        "valid_to",
        "week_link",
    )
    list_filter = (RuleTimeFilter, "practitioner", "location", "weekday")
    list_select_related = ("practitioner", "location")
    search_fields = (*OF_CLINICIAN, "location__name")
    search_help_text = _("Name of the clinician or the location")
    actions = ("end_today",)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        may_change = self.has_change_permission(request)
        return [name for name in self.list_display if name != "week_link" or may_change]

    @admin.display(description=_("week"))
    def week_link(self, rule: AvailabilityRule) -> str:
        address = reverse("admin:booking_practitioner_hours", args=[rule.practitioner_id])
        return format_html('<a href="{}">{}</a>', address, _("Whole week"))

    def save_model(self, request: HttpRequest, obj: AvailabilityRule, form: Any, change: bool) -> None:
        blocking.save_rule(rule=obj, by=Actor.staff(request.user))
        self._warn(request, {obj.practitioner_id, form.initial.get("practitioner")})

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[AvailabilityRule]) -> None:
        rules = list(queryset)
        blocking.remove_rules(rules=rules, by=Actor.staff(request.user))
        self._warn(request, {rule.practitioner_id for rule in rules})

    @admin.action(description=_("End the chosen hours with today"), permissions=["change"])
    def end_today(self, request: HttpRequest, queryset: QuerySet[AvailabilityRule]) -> None:
        tomorrow = timezone.localdate() + timedelta(days=1)
        rules = list(queryset)
        count = blocking.end_rules(rules=rules, first_day=tomorrow, by=Actor.staff(request.user))
        told = ngettext("%(count)d row of hours ends today.", "%(count)d rows of hours end today.", count)
        self.message_user(request, told % {"count": count}, messages.SUCCESS)
        self._warn(request, {rule.practitioner_id for rule in rules})

    def _warn(self, request: HttpRequest, people: set[Any]) -> None:
        warn_of_caught(request, count_caught(left_out_of=people, now=timezone.now()))


@admin.register(AvailabilityException)
class AvailabilityExceptionAdmin(WritesTime):
    list_display = (
        "practitioner",
        "kind",
        "first_day",
        "last_day",
        "starts_at",
        "ends_at",
        "location",
        "rhythm",
        "note",
    )
    list_filter = (TimeFilter, "practitioner", "kind", "location")
    list_select_related = ("practitioner", "location", "series")
    search_fields = (*OF_CLINICIAN, "note")
    search_help_text = _("Name of the clinician, or words of the note")
    date_hierarchy = "first_day"
    readonly_fields = ("repeats",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AvailabilityException]:
        return scope.visible_blocks(request.user)

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "practitioner":
            kwargs["queryset"] = scope.visible_practitioners(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=_("series"), ordering="series")
    def rhythm(self, block: AvailabilityException) -> str:
        if block.series is None:
            return self.get_empty_value_display()
        weeks = block.series.every_weeks
        return ngettext("every week", "every %(count)d weeks", weeks) % {"count": weeks}

    @admin.display(description=_("series"))
    def repeats(self, block: AvailabilityException) -> str:
        if block.series is None:
            return self.get_empty_value_display()
        address = reverse("desk:time-change", args=[block.pk])
        told = _("This page changes this one only.")
        return format_html('{}. {} <a href="{}">{}</a>', block.series, told, address, _("Change several"))

    def save_model(self, request: HttpRequest, obj: AvailabilityException, form: Any, change: bool) -> None:
        blocking.save_block(block=obj, by=Actor.staff(request.user))
        self._warn(request, [obj], {obj.practitioner_id, form.initial.get("practitioner")})

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[AvailabilityException]) -> None:
        blocks = list(queryset)
        blocking.remove_blocks(blocks=blocks, by=Actor.staff(request.user))
        self._warn(request, [], {block.practitioner_id for block in blocks})

    def _warn(self, request: HttpRequest, blocks: list[AvailabilityException], people: set[Any]) -> None:
        warn_of_caught(request, count_caught(by=blocks, left_out_of=people, now=timezone.now()))


@admin.register(Closure)
class ClosureAdmin(WritesTime):
    list_display = ("name", "first_day", "last_day", "starts_at", "ends_at", "location")
    list_filter = (TimeFilter, "location")
    list_select_related = ("location",)
    search_fields = ("name", "location__name")
    search_help_text = _("Name of the closure or the location")
    date_hierarchy = "first_day"
    fieldsets = (
        (None, {"fields": ("name", "location")}),
        (_("When"), {"fields": ("first_day", "last_day", "starts_at", "ends_at")}),
    )

    def save_model(self, request: HttpRequest, obj: Closure, form: Any, change: bool) -> None:
        blocking.close_practice(closures=[obj])
        warn_of_caught(request, count_caught(by=[obj], now=timezone.now()))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Closure]) -> None:
        blocking.open_practice(closures=list(queryset))
