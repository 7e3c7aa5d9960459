"""The local inbox as pages. Development only: elsewhere every page is a 404."""

from collections.abc import Callable
from functools import wraps

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from outbox import inbox

SHOWN = 200
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

View = Callable[..., HttpResponseBase]


def development_only(view: View) -> View:
    """A 404 outside DEBUG, and for a mail that is not there."""

    @wraps(view)
    @require_safe
    @never_cache
    def guarded(request: HttpRequest, **names: str) -> HttpResponseBase:
        if not settings.DEBUG:
            raise Http404
        try:
            return view(request, **names)
        except FileNotFoundError:
            raise Http404 from None

    return guarded


@development_only
def list_mails(request: HttpRequest) -> HttpResponse:
    mails = list(inbox.list_mails(limit=SHOWN))
    return render(request, "outbox/inbox.html", {"mails": mails})


@development_only
def show_mail(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "outbox/mail.html", {"mail": inbox.read_mail(name)})


@development_only
@csp(MAIL_POLICY)  # type: ignore[arg-type]
@xframe_options_sameorigin
def show_html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part, for the frame. Its links open in a page of their own."""
    html = inbox.read_mail(name).html
    return HttpResponse(html.replace("<head>", '<head><base target="_blank">', 1))


@development_only
def download(request: HttpRequest, name: str) -> FileResponse:
    """The mail as it was sent, for a mail program."""
    path = inbox.path_of(name)
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="message/rfc822")
