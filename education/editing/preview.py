"""The text that stands in the form, unsaved, as patients would read it: a small page for a frame.

The frame runs no script and sends no form, so a text can do nothing to the admin around it. It keeps
its origin (allow-same-origin): education/editor.js puts each new text into it, which keeps the place
where the editor was reading.
"""

import re
from collections.abc import Callable, Mapping

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.clickjacking import xframe_options_sameorigin

from booking.models import VisitType
from education.editing.advice import find_advice
from education.models import Article
from education.render import CARDS, DO_NOT, FIGURE, FIGURES, LISTS, find_problems
from education.render import render as render_body

SLUG = re.compile(r"[-a-zA-Z0-9_]+")
SANDBOX = ("allow-same-origin", "allow-popups", "allow-popups-to-escape-sandbox")
POLICY = {
    "default-src": [NONE],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": list(SANDBOX),
}


def framed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    answer: Callable[..., HttpResponseBase] = csp(POLICY)(xframe_options_sameorigin(view))
    return answer


def take_text(article: Article, typed: Mapping[str, str]) -> Article:
    """Put what was typed into `article`, which is not saved. What is no visit type counts as none."""
    article.title = typed.get("title", "")
    article.summary = typed.get("summary", "")
    article.body = typed.get("body", "")
    if article.pk is None:
        slug = typed.get("slug", "")
        article.slug = slug if SLUG.fullmatch(slug) else ""
        language = typed.get("language", "")
        article.language = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    chosen = typed.get("visit_type", "")
    article.visit_type = (
        VisitType.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 10 else None
    )
    return article


def show_text(request: HttpRequest, article: Article | None) -> HttpResponse:
    """The page for the frame; empty where there is no article yet."""
    context: dict[str, object] = {"article": article}
    if article is None:
        return render(request, "admin/education/article/live.html", context)
    context |= {
        "document": render_body(article.body),
        "problems": find_problems(article.body, language=article.language),
        "advice": find_advice(article),
    }
    with override(article.language):
        return render(request, "admin/education/article/live.html", context)


def list_samples(*, language: str) -> list[str]:
    """Each block as an editor writes it, in the order of an article. Made from the renderer's own lists."""
    lines = {"do-not": f"{DO_NOT.get(language, '')} …".strip()}
    blocks = [f"::: {name}\n- {lines.get(name, '…')}\n:::" for name in (*LISTS, *CARDS)]
    return blocks + [f"::: {FIGURE} {name}\n…\n:::" for name in FIGURES]
