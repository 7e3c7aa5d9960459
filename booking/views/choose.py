"""Steps 1 and 2: what kind of visit, and when."""

from datetime import timedelta
from operator import attrgetter
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from booking.availability import SetUp, know_set_up, read_versions
from booking.forms.choosing import NOT_SURE, VisitTypeForm, asks_if_seen, is_for
from booking.models import VisitType
from booking.views.article import add_article, read_article
from booking.views.journey import Journey
from booking.views.openings import Chooser, list_openings
from booking.views.remembered import answer_remembered, revalidated
from booking.views.wish import CHOICES, Wish

DAY = timedelta(days=1)
SEEN = {VisitType.Audience.NEW: "no", VisitType.Audience.ESTABLISHED: "yes"}


@require_safe
def visit_type(request: HttpRequest) -> HttpResponse:
    """Ask whether somebody was here before, then which kind of visit.

    The button's own name tells a first look from a choice not made.
    """
    public = list(VisitType.objects.filter(is_public=True))
    was_sent = "visit_type" in request.GET or "next" in request.GET
    article = read_article(request.GET)
    seen = request.GET.get("seen", "")
    if seen not in ("yes", "no") or not asks_if_seen(public):
        seen = ""
    if asks_if_seen(public) and not seen and not was_sent:
        return render(request, "booking/seen_before.html", {"article": article})
    form = VisitTypeForm(request.GET if was_sent else None, slugs=[kind.slug for kind in public])
    if form.is_valid():
        chosen = form.cleaned_data["visit_type"]
        if chosen == NOT_SURE or any(kind.slug == chosen and kind.helps_choose for kind in public):
            not_sure = reverse("booking:not-sure") + (f"?seen={seen}" if seen else "")
            return redirect(add_article(not_sure, article))
        return redirect(add_article(reverse("booking:time", args=[chosen]), article))
    listed = [kind for kind in public if not kind.helps_choose and is_for(kind, seen)]
    context = {
        "form": form,
        "visit_types": listed,
        "is_open": bool(public),
        "seen": seen,
        "article": article,
    }
    return render(request, "booking/visit_type.html", context, status=422 if form.errors else 200)


@require_safe
@revalidated
def time(request: HttpRequest, slug: str) -> HttpResponse:
    """List open times. Nothing in the address is trusted or needed."""
    now = timezone.now()
    versions = read_versions(now=now)
    set_up = know_set_up(first_day=timezone.localdate() - DAY, version=versions and versions.set_up)
    visit_type = set_up.find_type(slug)
    if visit_type is None:
        if slug == NOT_SURE:
            return redirect(add_article(reverse("booking:not-sure"), read_article(request.GET)))
        raise Http404
    holder = Journey(request).holder

    def draw(token: SafeString | None = None) -> str:
        context = _list_times(request.GET, visit_type, set_up=set_up, holder=holder)
        if token is not None:
            context["csrf_token"] = token
        return render_to_string("booking/time.html", context, request)

    # What a browser holds itself is not in its way, and for nobody else to see.
    if holder:
        return HttpResponse(draw())
    return answer_remembered(request, names=CHOICES, versions=versions, now=now, draw=draw)


def _list_times(query: QueryDict, visit_type: VisitType, *, set_up: SetUp, holder: str) -> dict[str, Any]:
    chooser = Chooser.to_book(visit_type, holder=holder)
    seen = SEEN.get(VisitType.Audience(visit_type.audience))
    all_types = reverse("booking:visit-type") + (f"?seen={seen}" if seen else "")
    context = list_openings(query, chooser=chooser, set_up=set_up)
    return context | {
        "modes": _link_modes(visit_type, set_up.find_counterpart(visit_type), wish=context["wish"]),
        "visit_types": add_article(all_types, read_article(query)),
    }


def _link_modes(
    visit_type: VisitType, counterpart: VisitType | None, *, wish: Wish
) -> list[tuple[VisitType, str]]:
    """Return the visit at the clinic and by video, each with its address; or nothing."""
    if counterpart is None:
        return []
    same = f"?same={wish.same.slug}" if wish.same else ""
    modes = sorted([visit_type, counterpart], key=attrgetter("is_telehealth"))
    return [
        (mode, add_article(reverse("booking:time", args=[mode.slug]) + same, wish.article, via=wish.via))
        for mode in modes
    ]
