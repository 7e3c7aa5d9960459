"""The admin's own pages for one visit: take a step, enter it in error. The rest is done at the desk."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _

from audit.reads import record_opened
from booking import actions, scope
from booking.actions import Actor, BookingError
from booking.admin.own_pages import OwnPages
from booking.admin.steps import STEPS
from booking.admin.words import explain_error
from booking.models import Appointment


def mark_visit(visit: Appointment) -> str:
    """Return which visit it is, and as what a page that asks first has shown it."""
    return f"{visit.pk}-{visit.version}-{visit.status}"


class VisitPages(OwnPages):
    """Mixed into the admin of appointments. Every change goes through `booking.actions`."""

    def get_urls(self) -> list[URLPattern]:
        return [
            self.name_page("<int:pk>/step/", self.step_view, "step"),
            self.name_page("<int:pk>/error/", self.error_view, "error"),
            *super().get_urls(),
        ]

    def has_desk_permission(self, request: HttpRequest) -> bool:
        """For steps, moves and cancellations; the form itself is read-only for everybody."""
        return request.user.has_perm("booking.change_appointment")

    # --- Taking steps -----------------------------------------------------------

    def step_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST only: take the step named in the button."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        visit = self._find_visit(request, pk)
        step = STEPS.get(request.POST.get("step", ""))
        if step is None:
            messages.error(request, _("This step does not exist."))
        elif (request.POST.get("version"), request.POST.get("from")) != (str(visit.version), visit.status):
            # The page showed another time, or another step of the day.
            messages.error(request, explain_error(actions.NotAllowed()))
        else:
            self._try(request, lambda: step.act(appointment=visit, by=Actor.staff(request.user)))
        return self._show_visit(visit)

    def error_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, then mark the visit as entered in error: there is no undo for that."""
        visit = self._find_visit(request, pk)
        if request.method == "POST":
            by = Actor.staff(request.user)
            if mark_visit(visit) in request.POST.getlist("seen"):
                self._try(request, lambda: actions.enter_in_error(appointment=visit, by=by))
            else:
                messages.error(request, explain_error(actions.NotAllowed()))
            return self._show_visit(visit)
        record_opened(request, visit)
        context = {
            "visits": [visit],
            "marks": [mark_visit(visit)],
            "question": _(
                "Was this visit never meant to be? There is no undo, and the patient gets no email."
            ),
            "answer": _("Entered in error"),
        }
        return self.render(request, "confirm.html", title=_("Entered in error"), record=visit, **context)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Visits are booked at the desk."""
        return redirect("desk:book")

    def _try(self, request: HttpRequest, act: Callable[[], Appointment]) -> None:
        """Do it and say how it went."""
        try:
            visit = act()
        except BookingError as error:
            messages.error(request, explain_error(error))
        else:
            # Only the reference: messages may travel in a cookie.
            messages.success(request, f"{visit.display_reference}: {visit.get_status_display()}")

    # --- Pieces -------------------------------------------------------------------

    def _find_visit(self, request: HttpRequest, pk: int) -> Appointment:
        if not self.has_desk_permission(request):
            raise PermissionDenied
        visit: Appointment = get_object_or_404(self.get_queryset(request), pk=pk)
        if not scope.may_change_visit(request.user, visit):
            raise PermissionDenied
        return visit

    def _show_visit(self, visit: Appointment) -> HttpResponseRedirect:
        return redirect(reverse("admin:booking_appointment_change", args=[visit.pk]))
