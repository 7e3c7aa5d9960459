"""Steps 1 and 2: what kind of visit, and when."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from booking.forms.choosing import VisitTypeForm
from booking.models import VisitType
from booking.views.journey import Journey
from booking.views.openings import Chooser, list_openings


@require_safe
def visit_type(request: HttpRequest) -> HttpResponse:
    """Ask which kind of visit. The button's own name tells a first look from a choice not made."""
    visit_types = list(VisitType.objects.filter(is_public=True).order_by("helps_choose", "position", "name"))
    was_sent = "visit_type" in request.GET or "next" in request.GET
    form = VisitTypeForm(
        request.GET if was_sent else None, slugs=[visit_type.slug for visit_type in visit_types]
    )
    if form.is_valid():
        return redirect("booking:time", form.cleaned_data["visit_type"])
    return render(
        request,
        "booking/visit_type.html",
        {"form": form, "visit_types": visit_types},
        status=422 if form.errors else 200,
    )


@require_safe
def time(request: HttpRequest, slug: str) -> HttpResponse:
    """List open times. Nothing in the address is trusted or needed."""
    visit_type = get_object_or_404(VisitType, slug=slug, is_public=True)
    chooser = Chooser.to_book(visit_type, holder=Journey(request).holder)
    return render(request, "booking/time.html", list_openings(request.GET, chooser=chooser))
