"""Appointments in the admin: the list, the read-only page of one, the steps for several at once."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from audit.reads import record_shown
from booking import actions as booking_actions
from booking import scope
from booking.actions import Actor, BookingError
from booking.admin.export import ExportsVisits
from booking.admin.filters import DatesFilter, MailFilter, NeedsFilter
from booking.admin.forms import CancelForm
from booking.admin.pages import VisitPages, mark_visit
from booking.admin.reading import RecordsReads
from booking.admin.steps import STEPS, Step, list_steps
from booking.admin.visit_fields import VisitFields
from booking.admin.words import explain_error
from booking.engine.states import Status as State
from booking.engine.states import can_move
from booking.models import Appointment
from booking.models.appointment import Status


class StatusFilter(admin.SimpleListFilter):
    """By status. Without a choice holds are left out: they are not visits yet, and may never be."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return list(Status.choices)

    def choices(self, changelist: Any) -> Any:
        every, *statuses = super().choices(changelist)
        yield {**every, "display": _("All visits")}
        yield from statuses

    def queryset(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> QuerySet[Appointment]:
        status = self.value()
        if status == Status.PENDING:
            return queryset.filter(status=status)
        visits = queryset.filter(patient__isnull=False)
        return visits.filter(status=status) if status else visits


class DayFilter(admin.SimpleListFilter):
    title = _("day")
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("today", _("Today")), ("tomorrow", _("Tomorrow")), ("week", _("The next 7 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> QuerySet[Appointment]:
        spans = {"today": (0, 1), "tomorrow": (1, 2), "week": (0, 7)}
        span = spans.get(self.value() or "")
        if span is None:
            return queryset
        first, end = span
        return queryset.filter(start__gte=self._midnight(first), start__lt=self._midnight(end))

    def _midnight(self, days_ahead: int) -> datetime:
        return timezone.make_aware(
            datetime.combine(timezone.localdate() + timedelta(days=days_ahead), time())
        )


@admin.register(Appointment)
class AppointmentAdmin(VisitFields, RecordsReads, VisitPages, ExportsVisits):
    """Nothing is written by a form: steps, moves and new visits go through `booking.actions`."""

    list_display = ("when", "patient", "status_sign", "help_sign", "visit_type", "practitioner", "place")
    list_display_links = ("when",)
    list_filter = (
        DayFilter,
        DatesFilter,
        StatusFilter,
        "practitioner",
        "location",
        "visit_type",
        NeedsFilter,
        MailFilter,
    )
    list_per_page = 50
    date_hierarchy = "start"
    # No search_fields: what is typed would stand in the address. The desk finds by POST; docs/adr/0019.
    change_list_template = "admin/booking/found_at_desk.html"
    actions = ("arrive", "check_in", "fulfil", "mark_noshow", "undo", "cancel", "export")

    class Media:
        css = {"all": ("booking/desk.css",)}

    # --- What may be done ---------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Appointment | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Appointment | None = None) -> bool:
        return False

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """From a day on it reads forwards; everything together has the latest on top."""
        return ("start",) if {"day", "start__day", "since"} & set(request.GET) else ("-start",)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        visit = self.get_object(request, object_id)
        context = {**(extra_context or {}), "title": _("Visit")}
        may_change = visit is not None and scope.may_change_visit(request.user, visit)
        if visit is not None and may_change and self.has_desk_permission(request):
            state = State(visit.status)
            context |= {
                "steps": list_steps(visit),
                "can_be_moved": state == State.BOOKED,
                "can_be_cancelled": not visit.is_hold and can_move(state, State.CANCELLED),
                "can_be_in_error": not visit.is_hold and can_move(state, State.ENTERED_IN_ERROR),
            }
        return super().change_view(request, object_id, form_url, context)

    # --- Steps for several visits -----------------------------------------------------

    @admin.action(description=_("Arrived"), permissions=["desk"])
    def arrive(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> None:
        self._take_step(request, queryset, STEPS["arrive"])

    @admin.action(description=_("In room"), permissions=["desk"])
    def check_in(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> None:
        self._take_step(request, queryset, STEPS["check_in"])

    @admin.action(description=_("Done"), permissions=["desk"])
    def fulfil(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> None:
        self._take_step(request, queryset, STEPS["fulfil"])

    @admin.action(description=_("No-show"), permissions=["desk"])
    def mark_noshow(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> None:
        self._take_step(request, queryset, STEPS["mark_noshow"])

    @admin.action(description=_("Undo the last step"), permissions=["desk"])
    def undo(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> None:
        self._take_step(request, queryset, STEPS["undo"])

    @admin.action(description=_("Cancel"), permissions=["desk"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> HttpResponse | None:
        """Ask who cancels, then cancel each."""
        form = CancelForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            record_shown(request, [visit.patient_id for visit in queryset])
            count = len(queryset)
            question = ngettext("Cancel this visit?", "Cancel these %(count)d visits?", count) % {
                "count": count
            }
            marks = [mark_visit(visit) for visit in queryset]
            context = {
                "visits": queryset,
                "marks": marks,
                "form": form,
                "question": question,
                "answer": _("Cancel visits"),
            }
            return self.render(
                request, "confirm.html", title=_("Cancel visits"), bulk_action="cancel", **context
            )
        reason, seen = form.cleaned_data["reason"], request.POST.getlist("seen")

        def act(*, appointment: Appointment, by: Actor) -> Appointment:
            if mark_visit(appointment) not in seen:
                raise booking_actions.NotAllowed
            return booking_actions.cancel(appointment=appointment, reason=reason, by=by)

        self._act_on_each(request, queryset, act=act, label=str(_("Cancelled")))
        return None

    def _take_step(self, request: HttpRequest, queryset: QuerySet[Appointment], step: Step) -> None:
        self._act_on_each(request, queryset, act=step.act, label=str(step.label))

    def _act_on_each(
        self,
        request: HttpRequest,
        queryset: QuerySet[Appointment],
        *,
        act: Callable[..., Appointment],
        label: str,
    ) -> None:
        """Each visit on its own: one that is refused does not stop the others."""
        done = 0
        for visit in queryset:
            if not scope.may_change_visit(request.user, visit):
                refused = _("%(reference)s: you can only look at this visit.")
                self.message_user(request, refused % {"reference": visit.display_reference}, messages.ERROR)
                continue
            try:
                act(appointment=visit, by=Actor.staff(request.user))
                done += 1
            except BookingError as error:
                self.message_user(
                    request, f"{visit.display_reference}: {explain_error(error)}", messages.ERROR
                )
        if done:
            told = ngettext("%(count)d visit: %(step)s", "%(count)d visits: %(step)s", done)
            self.message_user(request, told % {"count": done, "step": label}, messages.SUCCESS)
