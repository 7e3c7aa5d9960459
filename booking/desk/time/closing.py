"""The pages of closures: close the practice or a location, take holidays over, change, open again."""

from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from booking.actions import BookingError
from booking.admin.caught import answer_change
from booking.admin.words import explain_error
from booking.availability.caught import count_caught
from booking.blocking import ChangedMeanwhile, close_practice, mark_closure, open_practice
from booking.desk.access import show
from booking.desk.time.forms import ChangeClosureForm, ClosureForm, RemoveForm, read_initial
from booking.desk.time.holidays import suggest_holidays
from booking.desk.time.listing import Line
from booking.desk.time.pages import log
from booking.models import Closure


@require_http_methods(["GET", "POST"])
def close(request: HttpRequest) -> HttpResponse:
    """Two forms: one closure as typed, and holidays to be ticked."""
    suggested = suggest_holidays(today=timezone.localdate())
    takes_holidays = "holidays" in request.POST
    form = ClosureForm(initial=read_initial(request.GET))
    if takes_holidays:
        ticked = request.POST.getlist("holiday")
        chosen = [holiday.as_closure() for holiday in suggested if holiday.key in ticked]
        if chosen:
            answer = _close(request, chosen)
            if answer is not None:
                return answer
        else:
            messages.error(request, _("No holiday is ticked. Tick those on which you close."))
    elif request.method == "POST":
        form = ClosureForm(request.POST)
        if form.is_valid():
            answer = _close(request, [form.save(commit=False)])
            if answer is not None:
                return answer
    return show(request, "time/close.html", title=_("Close the practice"), form=form, suggested=suggested)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    closure = get_object_or_404(Closure.objects.select_related("location"), pk=pk)
    line = Line(closure, timezone.localdate())
    form = ChangeClosureForm(
        request.POST if request.method == "POST" else None,
        instance=get_object_or_404(Closure, pk=pk),
        initial={"seen": mark_closure(closure)},
    )
    if form.is_valid():
        answer = _close(request, [form.save(commit=False)], seen=form.cleaned_data["seen"], flag=CHANGE)
        if answer is not None:
            return answer
    return show(request, "time/change.html", title=_("Change a closure"), form=form, line=line)


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then open again."""
    closure = get_object_or_404(Closure.objects.select_related("location"), pk=pk)
    form = RemoveForm(
        request.POST if request.method == "POST" else None, seen=mark_closure(closure), has_series=False
    )
    if form.is_valid():
        try:
            open_practice(closures=[closure], seen=form.cleaned_data["seen"])
        except ChangedMeanwhile as error:
            messages.error(request, explain_error(error))
            return redirect("desk:closure-remove", pk)
        except BookingError as error:
            messages.error(request, explain_error(error))
        else:
            log(request, [closure], DELETION)
            return answer_change(request, _("The closure is removed."), caught=0, back=reverse("desk:time"))
    line = Line(closure, timezone.localdate())
    return show(request, "time/remove.html", title=_("Remove a closure"), form=form, line=line)


def _close(
    request: HttpRequest, closures: list[Closure], *, seen: str | None = None, flag: int = ADDITION
) -> HttpResponse | None:
    """Keep them and say how it went. None: it was refused."""
    try:
        rows = close_practice(closures=closures, seen=seen)
    except ChangedMeanwhile as error:
        messages.error(request, explain_error(error))
        return redirect(request.path)
    except BookingError as error:
        messages.error(request, explain_error(error))
        return None
    log(request, rows, flag)
    done = ngettext("%(count)d closure saved.", "%(count)d closures saved.", len(rows)) % {"count": len(rows)}
    return answer_change(
        request, done, caught=count_caught(by=rows, now=timezone.now()), back=reverse("desk:time")
    )
