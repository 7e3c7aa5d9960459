"""A clinician's hours as one week at a glance: shown as they are on a day, changed from a day on."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.actions import Actor, BookingError
from booking.admin.caught import answer_change
from booking.admin.own_pages import OwnPages
from booking.admin.week_form import WeekForm
from booking.admin.words import explain_error
from booking.availability.caught import count_caught
from booking.blocking import ChangedMeanwhile, mark_week, replace_week
from booking.models import AvailabilityException, AvailabilityRule, Location, Practitioner
from booking.templatetags.times import full_day


class DayForm(forms.Form):
    day = forms.DateField(required=False)


@dataclass(frozen=True)
class Later:
    """Hours that begin on a day to come."""

    day: date
    rules: list[AvailabilityRule]


class WeekPages(OwnPages):
    """Mixed into the admin of practitioners. Every change goes through `booking.blocking`."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Practitioner]:
        rules = AvailabilityRule.objects.exclude(valid_to__lt=timezone.localdate())
        extra = AvailabilityException.objects.filter(
            kind=AvailabilityException.Kind.EXTRA, last_day__gte=timezone.localdate()
        )
        of_this_one = {"practitioner": OuterRef("pk")}
        has_hours = Exists(rules.filter(**of_this_one)) | Exists(extra.filter(**of_this_one))
        return super().get_queryset(request).annotate(has_hours=has_hours)

    @admin.display(description=gettext_lazy("hours"))
    def week_link(self, practitioner: Any) -> str:
        address = reverse("admin:booking_practitioner_hours", args=[practitioner.pk])
        # Who takes no appointments needs no hours.
        has_hours = practitioner.has_hours or not practitioner.is_active
        return format_html('<a href="{}">{}</a>', address, _("Week") if has_hours else _("No hours yet"))

    def response_add(
        self, request: HttpRequest, obj: Practitioner, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Name the next step as well: without hours the clinician is on the site and has no times."""
        response = super().response_add(request, obj, post_url_continue)
        told = _("%(name)s has no hours yet, so nobody can book with them.") % {"name": obj.display_name}
        if request.user.has_perm("booking.change_availabilityrule"):
            address = reverse("admin:booking_practitioner_hours", args=[obj.pk])
            link = format_html('<a href="{}">{}</a>', address, _("Set weekly hours"))
            told = format_html("{} {}", told, link)
        messages.warning(request, told)
        return response

    def get_urls(self) -> list[URLPattern]:
        return [self.name_page("<int:pk>/hours/", self.hours_view, "hours"), *super().get_urls()]

    def hours_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the week as it is on a day; a POST changes it from a day on."""
        if not request.user.has_perm("booking.change_availabilityrule"):
            raise PermissionDenied
        practitioner = get_object_or_404(Practitioner, pk=pk)
        asked = DayForm(request.GET)
        today = timezone.localdate()
        day = max(asked.cleaned_data["day"] or today, today) if asked.is_valid() else today
        rules = list(practitioner.rules.holding_on(day).select_related("location"))
        used = [rule.location_id for rule in rules]
        places = Location.objects.filter(Q(is_active=True) | Q(pk__in=used))
        form = WeekForm(
            request.POST if request.method == "POST" else None,
            rules=rules,
            places=list(places),
            day=day,
            seen=mark_week(practitioner),
        )
        if form.is_valid():
            answer = self._save(request, practitioner, form)
            if answer is not None:
                return answer
        last_days = [rule.valid_to for rule in rules if rule.valid_to is not None]
        return self.render(
            request,
            "hours.html",
            title=_("Weekly hours"),
            record=practitioner,
            form=form,
            day=day,
            is_today=day == today,
            last_day=min(last_days, default=None),
            later=_list_later(practitioner, day),
        )

    def _save(self, request: HttpRequest, practitioner: Practitioner, form: WeekForm) -> HttpResponse | None:
        """Change the week and say how it went. None: it was refused."""
        first_day = form.cleaned_data["first_day"]
        try:
            has_changed = replace_week(
                practitioner=practitioner,
                pieces=form.cleaned_data["pieces"],
                first_day=first_day,
                seen=form.cleaned_data["seen"],
                by=Actor.staff(request.user),
            )
        except ChangedMeanwhile as error:
            messages.error(request, explain_error(error))
            return redirect(request.get_full_path())
        except BookingError as error:
            messages.error(request, explain_error(error))
            return None
        back = f"{reverse('admin:booking_practitioner_hours', args=[practitioner.pk])}?day={first_day}"
        if not has_changed:
            return answer_change(
                request, _("These are the hours already: nothing was changed."), caught=0, back=back
            )
        self.log_change(request, practitioner, _("Weekly hours from %(day)s") % {"day": first_day})
        done = _("Saved. The new hours hold from %(day)s.") % {"day": full_day(first_day)}
        caught = count_caught(left_out_of=[practitioner.pk], now=timezone.now())
        return answer_change(request, done, caught=caught, back=back)


def _list_later(practitioner: Practitioner, day: date) -> list[Later]:
    rules = practitioner.rules.filter(valid_from__gt=day).select_related("location")
    in_order = rules.order_by("valid_from", "weekday", "starts_at")
    return [Later(first, list(some)) for first, some in groupby(in_order, key=attrgetter("valid_from"))]
