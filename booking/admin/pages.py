"""The admin's own pages for one visit: take a step, cancel, move, book for a caller."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from booking import actions
from booking.actions import Actor, BookingError
from booking.admin import times
from booking.admin.forms import CallerForm, CancelForm, NewVisitForm
from booking.admin.own_pages import OwnPages
from booking.admin.steps import STEPS
from booking.admin.words import explain_error
from booking.availability import Slot
from booking.models import Appointment, Source, VisitType
from booking.models.appointment import Status


class VisitPages(OwnPages):
    """Mixed into the admin of appointments. Every change goes through `booking.actions`."""

    def get_urls(self) -> list[URLPattern]:
        return [
            self.name_page("<int:pk>/step/", self.step_view, "step"),
            self.name_page("<int:pk>/cancel/", self.cancel_view, "cancel"),
            self.name_page("<int:pk>/error/", self.error_view, "error"),
            self.name_page("<int:pk>/move/", self.move_view, "move"),
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
        else:
            self._try(request, lambda: step.act(appointment=visit, by=Actor.staff(request.user)))
        return self._show_visit(visit)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask who cancels, then cancel."""
        visit = self._find_visit(request, pk)
        form = CancelForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            reason, by = form.cleaned_data["reason"], Actor.staff(request.user)
            self._try(request, lambda: actions.cancel(appointment=visit, reason=reason, by=by))
            return self._show_visit(visit)
        context = {
            "visits": [visit],
            "form": form,
            "question": _("Cancel this visit?"),
            "answer": _("Cancel visit"),
        }
        return self.render(request, "confirm.html", title=_("Cancel a visit"), record=visit, **context)

    def error_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, then mark the visit as entered in error: there is no undo for that."""
        visit = self._find_visit(request, pk)
        if request.method == "POST":
            by = Actor.staff(request.user)
            self._try(request, lambda: actions.enter_in_error(appointment=visit, by=by))
            return self._show_visit(visit)
        context = {
            "visits": [visit],
            "question": _(
                "Was this visit never meant to be? There is no undo, and the patient gets no email."
            ),
            "answer": _("Entered in error"),
        }
        return self.render(request, "confirm.html", title=_("Entered in error"), record=visit, **context)

    def _try(
        self, request: HttpRequest, act: Callable[[], Appointment], *, done: str = ""
    ) -> Appointment | None:
        """Do it and say how it went: `done`, or else the status it led to. None: it was refused."""
        try:
            visit = act()
        except BookingError as error:
            messages.error(request, explain_error(error))
            return None
        # Only the reference: messages may travel in a cookie.
        messages.success(request, f"{visit.display_reference}: {done or visit.get_status_display()}")
        return visit

    # --- Moving -----------------------------------------------------------------

    def move_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """List times; with a chosen one ask once; a POST moves."""
        visit = self._find_visit(request, pk)
        if visit.status != Status.BOOKED:
            messages.error(request, _("Only a booked visit can be moved."))
            return self._show_visit(visit)

        def move(slot: Slot) -> Appointment:
            # The page that was confirmed showed one version; a colleague may have moved it since.
            if request.POST.get("version", str(visit.version)) != str(visit.version):
                raise actions.NotAllowed
            return actions.move(
                appointment=visit,
                practitioner=slot.practitioner,
                location=slot.location,
                start=slot.start,
                by=Actor.staff(request.user),
                override=times.read_set_aside(request.POST.getlist("anyway")),
            )

        return self._choose_time(
            request,
            visit_type=visit.visit_type,
            ignoring=visit,
            act=move,
            done=_("Moved"),
            context={
                "title": _("Move a visit"),
                "record": visit,
                "patient": visit.patient,
                "contact": visit.contact,
                "answer": _("Move"),
                "fixed": {"version": visit.version},
            },
        )

    # --- Booking for a caller ---------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for whom and what, then for the time; a POST books."""
        if not (self.has_add_permission(request) and request.user.has_perm("booking.view_patient")):
            raise PermissionDenied
        sent = request.POST if request.method == "POST" else request.GET
        # The picker looks up whatever it is given: only what can be a key may reach it.
        keys = {name: str(value) for name, value in sent.dict().items()}
        asked = {name: key for name, key in keys.items() if key.isdecimal() and len(key) <= 18}
        form = NewVisitForm(asked if "visit_type" in sent else None, initial=asked)
        title = _("Book a visit")
        if not form.is_valid():
            return self.render(request, "add.html", title=title, form=form, media=self.media + form.media)
        patient, visit_type = form.cleaned_data["patient"], form.cleaned_data["visit_type"]
        notes = CallerForm(
            request.POST if request.method == "POST" else None, visit_type=visit_type, patient=patient
        )

        def book(slot: Slot) -> Appointment:
            return actions.book_visit(
                visit_type=visit_type,
                practitioner=slot.practitioner,
                location=slot.location,
                start=slot.start,
                patient=patient,
                by=Actor.staff(request.user),
                source=Source.STAFF,
                visit=notes.visit_details(),
                related_person=notes.find_related_person(),
                override=times.read_set_aside(request.POST.getlist("anyway")),
            )

        return self._choose_time(
            request,
            visit_type=visit_type,
            act=book,
            done=_("Booked"),
            notes=notes,
            context={
                "title": title,
                "patient": patient,
                "contact": patient,
                "visit_type": visit_type,
                "answer": _("Book"),
                "fixed": {"patient": patient.pk, "visit_type": visit_type.pk},
            },
        )

    # --- Choosing a time, for both ------------------------------------------------

    def _choose_time(
        self,
        request: HttpRequest,
        *,
        visit_type: VisitType,
        act: Callable[[Slot], Appointment],
        done: str,
        context: dict[str, Any],
        ignoring: Appointment | None = None,
        notes: CallerForm | None = None,
    ) -> HttpResponse:
        """Openings, then one time with what speaks against it, then `act` on a POST.

        `context["fixed"]` stays the same through all of it.
        """
        sent = request.POST if request.method == "POST" else request.GET
        context["fixed_query"] = urlencode(context.setdefault("fixed", {}))
        other = times.OtherTimeForm(sent if any(name.startswith("other-") for name in sent) else None)
        slot = self._read_slot(request, sent, other=other, visit_type=visit_type)
        if slot is None:
            openings = times.list_openings(request.GET, visit_type=visit_type, ignoring=ignoring)
            return self.render(request, "choose_time.html", other=other, **openings, **context)
        if request.method == "POST" and (notes is None or notes.is_valid()):
            visit = self._try(request, lambda: act(slot), done=done)
            if visit is not None:
                return self._show_visit(visit)
        concerns = times.find_concerns(slot, visit_type=visit_type, ignoring=ignoring)
        return self.render(
            request,
            "confirm_time.html",
            slot=slot,
            concerns=concerns,
            is_possible=all(concern.may_be_set_aside for concern in concerns),
            notes=notes,
            **context,
        )

    def _read_slot(
        self, request: HttpRequest, sent: QueryDict, *, other: times.OtherTimeForm, visit_type: VisitType
    ) -> Slot | None:
        if other.is_bound:
            return other.name_slot(visit_type=visit_type) if other.is_valid() else None
        if "slot" not in sent:
            return None
        try:
            return times.read_slot(sent.get("slot", ""), visit_type=visit_type)
        except ValueError:
            messages.error(request, _("We could not read that time. Please choose one of the times shown."))
            return None

    # --- Pieces -------------------------------------------------------------------

    def _find_visit(self, request: HttpRequest, pk: int) -> Appointment:
        if not self.has_desk_permission(request):
            raise PermissionDenied
        return get_object_or_404(Appointment.objects.with_parts(), pk=pk)

    def _show_visit(self, visit: Appointment) -> HttpResponseRedirect:
        return redirect(reverse("admin:booking_appointment_change", args=[visit.pk]))
