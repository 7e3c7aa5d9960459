"""The HTML part of a mail, shown in a frame that can do nothing."""

from collections.abc import Callable

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.clickjacking import xframe_options_sameorigin

# Mail carries its styles in the page, so this frame may; it may do nothing else.
MAIL_POLICY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


def framed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let pages of ours, and nobody else, show what this view answers in a frame."""
    answer: Callable[..., HttpResponseBase] = csp(MAIL_POLICY)(xframe_options_sameorigin(view))
    return answer


def answer_html(html: str) -> HttpResponse:
    """Links open in a page of their own."""
    return HttpResponse(html.replace("<head>", '<head><base target="_blank">', 1))
