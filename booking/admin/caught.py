"""What staff are told after a change of hours, blocked time or closures: whether visits are caught by it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def tell_caught(count: int) -> str:
    """Return a sentence that says how many visits the change has caught, and what to do."""
    told = ngettext(
        "%(count)d visit is now in closed time: call the patient, move the visit or keep it.",
        "%(count)d visits are now in closed time: call them, move them or keep them.",
        count,
    )
    return told % {"count": count}


def answer_change(request: HttpRequest, done: str, *, caught: int, back: str) -> HttpResponse:
    """Say what was done. Where visits are caught, lead to their list, or else to the address `back`."""
    if not caught:
        messages.success(request, done)
        return redirect(back)
    messages.warning(request, f"{done} {tell_caught(caught)}")
    return redirect("desk:caught" if request.user.has_perm("booking.change_appointment") else back)


def warn_of_caught(request: HttpRequest, count: int) -> None:
    """On a stock page, which says itself what was done: a line more, with the way to the list."""
    if count:
        link = format_html('<a href="{}">{}</a>', reverse("desk:caught"), _("Show them"))
        messages.warning(request, format_html("{} {}", tell_caught(count), link))
