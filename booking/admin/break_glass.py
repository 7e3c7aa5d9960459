"""Open a patient's data although one's role does not show it: asked for a reason, for a while, seen by all.

For the emergency and the mistake in the list of who is whose patient. Nothing about the patient stands
on the page that asks.
"""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from audit import break_glass
from booking.mail.staff import queue_broke_glass
from booking.models import Patient

SHORTEST_REASON = 10
LONGEST_REASON = 500
MINUTES = int(break_glass.LASTS.total_seconds()) // 60


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why do you need to see this patient?"),
        help_text=gettext_lazy("Managers read this. Write nothing about the patient's health."),
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        error_messages={
            "required": gettext_lazy("Write why you need to see this patient."),
            "min_length": gettext_lazy("Write a little more, so that others understand why."),
        },
    )


@require_http_methods(["GET", "POST"])
def open_anyway(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason; a POST with one opens the patient, and tells the managers."""
    if not request.user.has_perm(break_glass.PERMISSION):
        raise PermissionDenied
    patient = get_object_or_404(Patient.objects.only("pk"), pk=pk)
    form = ReasonForm(request.POST if request.method == "POST" else None, label_suffix="")
    if form.is_valid():
        with transaction.atomic():
            opened = break_glass.open_patient(
                request, patient_id=patient.pk, reason=form.cleaned_data["reason"]
            )
            queue_broke_glass(opened)
        told = _("You can see this patient for %(minutes)d minutes. The managers have been told.")
        messages.warning(request, told % {"minutes": MINUTES})
        return redirect(reverse("admin:booking_patient_change", args=[patient.pk]))
    context = {
        **admin.site.each_context(request),
        "title": _("Open anyway"),
        "number": patient.pk,
        "minutes": MINUTES,
        "form": form,
    }
    return TemplateResponse(request, "admin/audit/break_glass.html", context)
