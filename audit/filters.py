"""By what the audit trail is narrowed."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import Entry

Kind = Entry.Kind
GROUPS = {
    "seen": (
        gettext_lazy("Seen"),
        (Kind.OPENED, Kind.LISTED, Kind.SEARCHED, Kind.PRINTED, Kind.EXPORTED, Kind.READ_MAIL),
    ),
    "written": (gettext_lazy("Changed"), (Kind.CREATED, Kind.CHANGED, Kind.DELETED)),
    "signs": (gettext_lazy("Sign-ins"), (Kind.SIGNED_IN, Kind.SIGNED_OUT, Kind.SIGN_IN_FAILED)),
    "refused": (gettext_lazy("Refused"), (Kind.REFUSED, Kind.SIGN_IN_FAILED)),
    "anyway": (gettext_lazy("Opened anyway, with a reason"), (Kind.BROKE_GLASS,)),
}


class PatientFilter(admin.SimpleListFilter):
    """One patient, by number. The pages of patients and visits lead here; there is nothing to choose from."""

    title = gettext_lazy("patient")
    parameter_name = "patient"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        number = self.value() or ""
        return [(number, _("Patient %(number)s") % {"number": number})] if number.isdecimal() else []

    def has_output(self) -> bool:
        # Without it the filter would be passed over, and everything shown.
        return bool(self.value())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        number = self.value() or ""
        if not (number.isdecimal() and len(number) <= 18):
            return queryset.none()
        return queryset.about_patient(int(number))


class StaffFilter(admin.SimpleListFilter):
    title = gettext_lazy("staff member")
    parameter_name = "staff"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        people = get_user_model()._default_manager.filter(is_staff=True).order_by("last_name", "username")
        return [(str(user.pk), user.get_full_name() or user.get_username()) for user in people]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        key = self.value() or ""
        return queryset.filter(actor=int(key)) if key.isdecimal() and len(key) <= 18 else queryset


class KindFilter(admin.SimpleListFilter):
    title = gettext_lazy("what")
    parameter_name = "what"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, label) for name, (label, _kinds) in GROUPS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        _label, kinds = GROUPS.get(self.value() or "", ("", None))
        return queryset.filter(kind__in=kinds) if kinds is not None else queryset
