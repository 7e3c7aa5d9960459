"""Two patient records that may be one person: seen side by side, and merged."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit.reads import record_shown
from booking import actions, scope
from booking.actions import Actor, BookingError
from booking.admin.own_pages import OwnPages
from booking.admin.wishes import read_phone
from booking.admin.words import explain_error
from booking.models import Patient, PatientMerge
from booking.templatetags.times import full_day


class MergeForm(forms.Form):
    """Nothing is chosen beforehand: there is no way back."""

    kept = forms.TypedChoiceField(
        label=gettext_lazy("Which record is kept?"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose which record is kept.")},
    )
    is_same_person = forms.BooleanField(
        label=gettext_lazy("I am sure that both are the same person. There is no undo."),
        error_messages={"required": gettext_lazy("Tick this if you are sure. If not, go back.")},
    )

    def __init__(self, *args: Any, patients: list[Patient], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kept"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [
            (patient.pk, _("Keep record %(number)d") % {"number": patient.pk}) for patient in patients
        ]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the comparison: what each of the two has."""

    label: str
    values: list[str]
    # Some always differ, which says nothing: the number of the record, when it was made.
    is_compared: bool = True

    @property
    def is_told(self) -> bool:
        return self.is_compared and any(self.values)

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


def count_moved(moved: dict[str, list[int]]) -> str:
    """Say in words what went over in a merge: “2 visits, 1 related person”."""
    visits, people, wishes = (
        len(moved.get(kind, [])) for kind in ("appointments", "related_people", "waitlist_entries")
    )
    return _spell_counts(visits=visits, people=people, wishes=wishes)


def _spell_counts(*, visits: int, people: int, wishes: int) -> str:
    parts = [
        ngettext("%(count)d visit", "%(count)d visits", visits) % {"count": visits},
        ngettext("%(count)d related person", "%(count)d related people", people) % {"count": people},
        ngettext("%(count)d wish on the waitlist", "%(count)d wishes on the waitlist", wishes)
        % {"count": wishes},
    ]
    return ", ".join(parts)


class MergePages(OwnPages):
    """Mixed into the admin of patients. Merging itself is `actions.merge_patients`."""

    def get_urls(self) -> list[URLPattern]:
        return [
            self.name_page("<int:pk>/merge/<int:other>/", self.merge_view, "merge"),
            *super().get_urls(),
        ]

    def has_merge_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("booking.change_patient")

    @admin.action(description=gettext_lazy("Compare and merge two"), permissions=["merge"])
    def compare(self, request: HttpRequest, queryset: QuerySet[Patient]) -> HttpResponse | None:
        """Lead to the comparison of exactly two; nothing is merged here."""
        chosen = list(queryset.filter(merged_into__isnull=True).values_list("pk", flat=True)[:3])
        if len(chosen) != 2 or queryset.count() != 2:
            messages.error(request, _("Choose exactly two records that are not merged yet."))
            return None
        return redirect("admin:booking_patient_merge", *chosen)

    def merge_view(self, request: HttpRequest, pk: int, other: int) -> HttpResponse:
        """Show both; a POST that says which is kept, and that they are one person, merges."""
        if not self.has_merge_permission(request):
            raise PermissionDenied
        patients = self._find_both(request, pk, other)
        record_shown(request, [patient.pk for patient in patients])
        form = MergeForm(request.POST if request.method == "POST" else None, patients=patients)
        if form.is_valid():
            kept, merged = sorted(patients, key=lambda patient: patient.pk != form.cleaned_data["kept"])
            merge = self._try_to_merge(request, kept=kept, merged=merged)
            if merge is not None:
                return redirect("admin:booking_patient_change", merge.kept_id)
        return self.render(
            request,
            "merge.html",
            title=_("Compare and merge"),
            record=patients[0],
            patients=patients,
            lines=self._compare(patients),
            form=form,
        )

    def _find_both(self, request: HttpRequest, pk: int, other: int) -> list[Patient]:
        counted = (
            scope.visible_patients(request.user)
            .current()
            .annotate(
                visits=Count("appointments", distinct=True),
                people=Count("related_people", distinct=True),
                wishes=Count("waitlist_entries", distinct=True),
            )
        )
        found = counted.in_bulk([pk, other])
        if pk not in found or other not in found or pk == other:
            raise Http404
        return [found[pk], found[other]]

    def _try_to_merge(self, request: HttpRequest, *, kept: Patient, merged: Patient) -> PatientMerge | None:
        """Merge and say how it went. None: it was refused."""
        try:
            merge: PatientMerge = actions.merge_patients(
                kept=kept, merged=merged, by=Actor.staff(request.user)
            )
        except BookingError as error:
            messages.error(request, explain_error(error))
            return None
        # No names: messages may travel in a cookie.
        told = _("The two records are one now. This went over: %(moved)s.")
        messages.success(request, told % {"moved": count_moved(merge.moved)})
        return merge

    def _compare(self, patients: list[Any]) -> list[Line]:
        def line(label: str, values: list[Any], *, is_compared: bool = True) -> Line:
            shown = [str(value or "") for value in values]
            return Line(label, shown, is_compared=is_compared)

        return [
            line(_("Record"), [patient.pk for patient in patients], is_compared=False),
            line(_("First name"), [patient.given_name for patient in patients]),
            line(_("Last name"), [patient.family_name for patient in patients]),
            line(_("Date of birth"), [full_day(patient.birth_date) for patient in patients]),
            line(_("Phone"), [read_phone(patient) for patient in patients]),
            line(_("Email"), [patient.email for patient in patients]),
            line(_("Language"), [patient.language for patient in patients]),
            line(
                _("Created"),
                [full_day(timezone.localtime(patient.created_at)) for patient in patients],
                is_compared=False,
            ),
            line(
                _("Goes over if the other is kept"),
                [
                    _spell_counts(visits=patient.visits, people=patient.people, wishes=patient.wishes)
                    for patient in patients
                ],
                is_compared=False,
            ),
        ]
