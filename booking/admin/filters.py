"""What staff narrow the lists of visits and patients by, beside what a column says."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.actions.records import BOOKED_TOGETHER
from booking.mail.messages import KINDS
from booking.models import Appointment, Patient, RelatedPerson
from outbox.models import OutboxMessage

# Midnight of the very first or last day there is lies in no calendar in some zones.
_OUR_DAYS = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2200, 1, 1))]


class DatesForm(forms.Form):
    """Both may be left out, and what is no day of these centuries is left out too."""

    since = forms.DateField(
        label=_("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=_OUR_DAYS,
    )
    until = forms.DateField(
        label=_("To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=_OUR_DAYS,
    )


class DatesFilter(admin.ListFilter):
    """Visits from one day to another, both included, by the practice's clock."""

    title = _("dates")
    template = "admin/booking/dates_filter.html"
    names: ClassVar = ("since", "until")

    def __init__(
        self, request: HttpRequest, params: dict[str, list[str]], model: Any, model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        asked = {name: params.pop(name)[-1] for name in self.names if name in params}
        self.form = DatesForm(asked, label_suffix="")
        self.form.is_valid()
        self.since: date | None = self.form.cleaned_data.get("since")
        self.until: date | None = self.form.cleaned_data.get("until")

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(self.names)

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        """One entry: the form, the rest of the address for it to keep, and the way back to all days."""
        kept = [
            (name, value)
            for name, values in changelist.filter_params.items()
            if name not in (*self.names, SEARCH_VAR)
            for value in values
        ]
        yield {
            "form": self.form,
            "kept": kept,
            "is_set": self.since is not None or self.until is not None,
            "query_string": changelist.get_query_string(remove=list(self.names)),
        }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.since is not None:
            queryset = queryset.filter(start__gte=_midnight(self.since))
        if self.until is not None:
            queryset = queryset.filter(start__lt=_midnight(self.until + timedelta(days=1)))
        return queryset


class NeedsFilter(admin.SimpleListFilter):
    title = _("help at the visit")
    parameter_name = "help"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Needs help")), ("interpreter", _("Needs an interpreter"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> QuerySet[Appointment]:
        if self.value() == "interpreter":
            return queryset.filter(needs_interpreter=True)
        if self.value() == "yes":
            return queryset.filter(
                Q(needs_interpreter=True)
                | Q(needs_step_free=True)
                | Q(needs_quiet=True)
                | Q(needs_more_time=True)
                | Q(access_needs__gt="")
            )
        return queryset


class MailFilter(admin.SimpleListFilter):
    """By whether the mail about the visit as it is now has failed: an older one is no longer true."""

    title = _("mail")
    parameter_name = "mail"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("failed", _("Not delivered"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> QuerySet[Appointment]:
        if self.value() != "failed":
            return queryset
        dead = OutboxMessage.objects.dead()
        failed = dead.filter(kind__in=list(KINDS), subject_id=OuterRef("pk"), version=OuterRef("version"))
        # One mail about several visits tells of those that nobody has touched since.
        several = dead.filter(kind=BOOKED_TOGETHER, subject_id=OuterRef("group"), version=OuterRef("version"))
        return queryset.filter(Exists(failed) | Exists(several))


class ReachFilter(admin.SimpleListFilter):
    """Who gets no mail, and has to be called: neither they nor whoever is called for them has an address."""

    title = _("email")
    parameter_name = "reach"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no_email", _("Has no email")), ("no_way", _("Has no email and no phone"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Patient]) -> QuerySet[Patient]:
        contacts = RelatedPerson.objects.filter(patient=OuterRef("pk"), is_contact=True)
        if self.value() in ("no_email", "no_way"):
            queryset = queryset.filter(~Exists(contacts.filter(email__gt="")), email="")
        if self.value() == "no_way":
            queryset = queryset.filter(~Exists(contacts.filter(phone__gt="")), phone="")
        return queryset


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
