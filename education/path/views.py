"""The pages of /learn/which/. What was answered so far comes with each form and is kept nowhere.

Not in the address, not in the session, not in the database; only somebody who takes the answers into a
booking has them kept, and is told so on the button.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from clinic.path_answers import keep_path_answers
from education.path.reading import read_tree
from education.path.rows import LeadsTo
from education.path.tree import MOST_QUESTIONS, End, Question, Step, Tree, UnknownAnswer


def leave_no_trace(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Keep the page out of caches and search engines: what stands there is about one person's health."""

    @wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        response = view(request)
        response["Cache-Control"] = "no-store, private"
        response["X-Robots-Tag"] = "noindex"
        return response

    return wrapper


@leave_no_trace
@require_http_methods(["GET", "HEAD", "POST"])
def which(request: HttpRequest) -> HttpResponse:
    """Ask the next question or show the end. A POST changes nothing: it keeps answers off the address."""
    answers = _read_answers(request)
    if "back" in request.POST:
        answers = answers[:-1]
    tree = read_tree()
    try:
        steps, here = tree.follow(answers)
    except UnknownAnswer:
        return _start_again(request, tree)
    if isinstance(here, End):
        return _show_end(request, steps, here)
    return _ask(request, steps, here)


@leave_no_trace
@require_http_methods(["GET", "HEAD", "POST"])
def take_along(request: HttpRequest) -> HttpResponse:
    """Keep the answers for the booking that follows, in words, and go to the times of the visit."""
    if request.method != "POST":
        # A page that asked to start again was loaded again by its address.
        return redirect("learn:which")
    tree = read_tree()
    try:
        steps, end = tree.follow(_read_answers(request))
    except UnknownAnswer:
        return _start_again(request, tree)
    if not isinstance(end, End) or end.visit_type is None:
        return _start_again(request, tree)
    keep_path_answers(request.session, [(step.question.words, step.choice.words) for step in steps])
    return redirect(_link_times(end))


def _read_answers(request: HttpRequest) -> Sequence[str]:
    # One too many is unknown, and so are a thousand.
    return request.POST.getlist("answer")[: MOST_QUESTIONS + 1]


def _link_times(end: End) -> str:
    return f"{reverse('booking:time', args=[end.visit_type.slug])}?via=path"


def _ask(
    request: HttpRequest, steps: list[Step], question: Question, *, is_unknown: bool = False
) -> HttpResponse:
    context: dict[str, Any] = {
        "steps": steps,
        "dim_next": reverse("learn:which") if request.method == "POST" else "",
        "question": question,
        "number": len(steps) + 1,
        "most": MOST_QUESTIONS,
        "is_unknown": is_unknown,
    }
    template = "question.html" if steps else "red_flags.html"
    return render(request, f"education/path/{template}", context, status=422 if is_unknown else 200)


def _start_again(request: HttpRequest, tree: Tree) -> HttpResponse:
    return _ask(request, [], tree.red_flags, is_unknown=True)


def _show_end(request: HttpRequest, steps: list[Step], end: End) -> HttpResponse:
    context: dict[str, Any] = {"steps": steps, "end": end}
    if end.kind == LeadsTo.EMERGENCY:
        return render(request, "education/path/emergency.html", {**context, "answer": steps[-1].choice.words})
    if end.visit_type is not None:
        context["times"] = _link_times(end)
    return render(request, "education/path/end.html", context)
