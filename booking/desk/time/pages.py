"""The pages of blocked and extra time: what is to come, block, change, remove."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from booking import scope
from booking.actions import Actor, BookingError
from booking.admin.caught import answer_change
from booking.admin.words import explain_error
from booking.availability.caught import count_caught
from booking.blocking import ChangedMeanwhile, block_time, change_block, mark_block, remove_block
from booking.desk.access import show
from booking.desk.choice import ChoiceForm
from booking.desk.time.forms import BlockForm, ChangeForm, RemoveForm, read_initial
from booking.desk.time.listing import Line, list_coming
from booking.models import AvailabilityException


@require_GET
def list_time(request: HttpRequest) -> HttpResponse:
    form, lines = list_coming(request.GET, today=timezone.localdate(), user=request.user)
    return show(request, "time/list.html", title=_("Blocked time"), form=form, lines=lines)


@require_http_methods(["GET", "POST"])
def block(request: HttpRequest) -> HttpResponse:
    """Block time of one clinician or several, once or as a series."""
    if request.method == "POST":
        form = BlockForm(request.POST, user=request.user)
        if form.is_valid():
            answer = _block(request, form)
            if answer is not None:
                return answer
    else:
        form = BlockForm(initial=read_initial(request.GET), user=request.user)
    return show(
        request, "time/block.html", title=_("Block time"), form=form, day=_read_day(request), media=form.media
    )


def _block(request: HttpRequest, form: BlockForm) -> HttpResponse | None:
    try:
        rows = block_time(
            practitioners=list(form.cleaned_data["practitioners"]), block=form.block, repeat=form.repeat
        )
    except BookingError as error:
        messages.error(request, explain_error(error))
        return None
    log(request, rows, ADDITION)
    is_extra = form.block.kind == AvailabilityException.Kind.EXTRA
    done = _("Extra time entered.") if is_extra else _("Blocked.")
    return answer_change(
        request, done, caught=count_caught(by=rows, now=timezone.now()), back=reverse("desk:time")
    )


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one time, the following ones or all of its series."""
    current = _find(request, pk)
    # A form writes what was typed into its row: the page goes on to show what is.
    form = ChangeForm(
        request.POST if request.method == "POST" else None,
        instance=_find(request, pk),
        initial={"seen": mark_block(current)},
    )
    if form.is_valid():
        try:
            rows = change_block(
                block=current,
                to=form.block,
                scope=form.chosen_scope,
                until=form.chosen_until,
                seen=form.cleaned_data["seen"],
                by=Actor.staff(request.user),
            )
        except ChangedMeanwhile as error:
            messages.error(request, explain_error(error))
            return redirect("desk:time-change", pk)
        except BookingError as error:
            messages.error(request, explain_error(error))
        else:
            log(request, rows, CHANGE)
            caught = count_caught(by=rows, left_out_of=[current.practitioner_id], now=timezone.now())
            done = ngettext("%(count)d time changed.", "%(count)d times changed.", len(rows))
            return answer_change(
                request, done % {"count": len(rows)}, caught=caught, back=reverse("desk:time")
            )
    return show(
        request,
        "time/change.html",
        title=_("Change blocked time"),
        form=form,
        line=Line(current, timezone.localdate()),
    )


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then take away one time, the following ones or all of its series."""
    current = _find(request, pk)
    form = RemoveForm(
        request.POST if request.method == "POST" else None,
        seen=mark_block(current),
        has_series=current.series is not None,
    )
    if form.is_valid():
        try:
            rows = remove_block(
                block=current,
                scope=form.chosen_scope,
                seen=form.cleaned_data["seen"],
                by=Actor.staff(request.user),
            )
        except ChangedMeanwhile as error:
            messages.error(request, explain_error(error))
            return redirect("desk:time-remove", pk)
        except BookingError as error:
            messages.error(request, explain_error(error))
        else:
            log(request, rows, DELETION)
            caught = count_caught(left_out_of=[current.practitioner_id], now=timezone.now())
            done = ngettext("%(count)d time removed.", "%(count)d times removed.", len(rows))
            return answer_change(
                request, done % {"count": len(rows)}, caught=caught, back=reverse("desk:time")
            )
    return show(
        request,
        "time/remove.html",
        title=_("Remove blocked time"),
        form=form,
        line=Line(current, timezone.localdate()),
    )


def log(request: HttpRequest, rows: Iterable[Model], flag: int) -> None:
    """Keep who did it in the admin's own history of these rows."""
    LogEntry.objects.log_actions(request.user.pk, list(rows), flag)  # type: ignore[arg-type]


def _find(request: HttpRequest, pk: int) -> AvailabilityException:
    rows = scope.visible_blocks(request.user).select_related("practitioner", "location", "series")
    return get_object_or_404(rows, pk=pk)


def _read_day(request: HttpRequest) -> Any:
    """Return the day that the desk showed, for the way back; None where the address says nothing useful."""
    form = ChoiceForm(request.GET)
    form.is_valid()
    return form.cleaned_data.get("day")
