"""A patient asks for all that is kept of them, or to be forgotten. Both ask again who is there."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit.reads import record_opened
from booking import scope
from booking.actions import Actor, BookingError
from booking.admin.own_pages import OwnPages
from booking.admin.words import explain_error
from booking.models import Patient
from booking.privacy import StillExpected, count_erasure, erase_patient, export_patient
from staff.fresh import require_fresh_sign_in

EXPORT = "booking.export_patient"
ERASE = "booking.erase_patient"


class ErasureForm(forms.Form):
    number = forms.IntegerField(
        label=gettext_lazy("Number of the record"),
        help_text=gettext_lazy("Type it as it stands above, so that nobody is erased by a slip."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": "10"}),
    )

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._patient = patient

    def clean_number(self) -> int:
        number: int = self.cleaned_data["number"]
        if number != self._patient.pk:
            raise forms.ValidationError(_("This is not the number of this record."))
        return number


class PrivacyPages(OwnPages):
    """Mixed into the admin of patients. The work is done by `booking.privacy`."""

    def get_urls(self) -> list[URLPattern]:
        return [
            self.name_page("<int:pk>/export/", self.export_view, "export"),
            self.name_page("<int:pk>/erase/", self.erase_view, "erase"),
            *super().get_urls(),
        ]

    @method_decorator(require_fresh_sign_in)
    def export_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Say what the file will have in it; a POST sends it."""
        patient = self._find(request, pk, needs=EXPORT)
        with_answers = scope.may_read_answers(request.user)
        if request.method == "POST":
            told = export_patient(patient=patient, with_answers=with_answers)
            response = HttpResponse(
                json.dumps(told, ensure_ascii=False, indent=2), content_type="application/json"
            )
            response["Content-Disposition"] = f'attachment; filename="patient-{patient.pk}.json"'
            return response
        record_opened(request, patient)
        return self.render(
            request,
            "export.html",
            title=_("All that we keep of a patient"),
            record=patient,
            number=patient.pk,
            erasure=count_erasure(patient),
            with_answers=with_answers,
        )

    @method_decorator(require_fresh_sign_in)
    def erase_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say what will go; a POST with the record's number makes it go."""
        patient = self._find(request, pk, needs=ERASE)
        form = ErasureForm(
            request.POST if request.method == "POST" else None, patient=patient, label_suffix=""
        )
        if form.is_valid():
            try:
                erase_patient(patient=patient, by=Actor.staff(request.user))
            except BookingError as error:
                messages.error(request, _explain(error))
            else:
                messages.success(request, _("Record %(number)d was erased.") % {"number": pk})
                return redirect("admin:booking_patient_changelist")
        record_opened(request, patient)
        return self.render(
            request,
            "erase.html",
            title=_("Erase a patient"),
            record=patient,
            number=patient.pk,
            erasure=count_erasure(patient),
            form=form,
        )

    def _find(self, request: HttpRequest, pk: int, *, needs: str) -> Patient:
        if not request.user.has_perm(needs):
            raise PermissionDenied
        patient = scope.visible_patients(request.user).current().filter(pk=pk).first()
        if patient is None:
            raise Http404
        return patient


def _explain(error: BookingError) -> str:
    if not isinstance(error, StillExpected):
        return explain_error(error)
    visits = ngettext("%(count)d visit to come", "%(count)d visits to come", error.visits)
    wishes = ngettext("%(count)d wish on the waitlist", "%(count)d wishes on the waitlist", error.wishes)
    return _("Nothing was erased. Cancel first: %(visits)s, %(wishes)s.") % {
        "visits": visits % {"count": error.visits},
        "wishes": wishes % {"count": error.wishes},
    }
