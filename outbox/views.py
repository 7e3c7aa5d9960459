"""The local inbox as pages. Development only: elsewhere every page is a 404."""

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outbox import inbox
from outbox.deliver import describe
from outbox.frames import answer_html, framed
from outbox.preview import NoSample, preview_sample
from outbox.registry import UnknownKind, list_kinds

logger = logging.getLogger(__name__)

SHOWN = 200
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
@framed
def show_html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part, for the frame."""
    return answer_html(inbox.read_mail(name).html)


@development_only
def download(request: HttpRequest, name: str) -> FileResponse:
    """The mail as it was sent, for a mail program."""
    path = inbox.path_of(name)
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="message/rfc822")


# --- The gallery: each kind of message, with made-up people ------------------------

DARK = re.compile(r"\(\s*prefers-color-scheme:\s*dark\s*\)")
LIGHT = re.compile(r"\(\s*prefers-color-scheme:\s*light\s*\)")


@dataclass(frozen=True)
class Sample:
    """One kind of message: a mail, or why there is none."""

    kind: str
    language: str
    mail: inbox.Mail | None = None
    problem: str = ""

    @property
    def label(self) -> str:
        return f"{self.kind} ({self.language})"

    @property
    def has_dark_colors(self) -> bool:
        return self.mail is not None and bool(DARK.search(self.mail.html))


@development_only
def list_samples(request: HttpRequest) -> HttpResponse:
    samples = [sample for kind in list_kinds() for sample in make_samples(kind)]
    return render(request, "outbox/kinds.html", {"samples": samples})


@development_only
@framed
def show_sample(request: HttpRequest, kind: str, language: str, scheme: str) -> HttpResponse:
    """The HTML part as a program set to light or dark shows it, whatever the browser is set to."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    try:
        html = preview_sample(kind, language=language).html
    except (UnknownKind, NoSample):
        raise Http404 from None
    is_on, is_off = (DARK, LIGHT) if scheme == "dark" else (LIGHT, DARK)
    return answer_html(is_off.sub("(max-width: 0)", is_on.sub("(min-width: 0)", html)))


def make_samples(kind: str) -> Iterator[Sample]:
    """Yield a sample for each language in which the kind is written."""
    usual = make_sample(kind, language=settings.LANGUAGE_CODE)
    yield usual
    for code, _name in settings.LANGUAGES:
        if usual.mail is not None and code != usual.language:
            other = make_sample(kind, language=code)
            # Mails to staff are in English, whatever was asked for.
            if other.mail is None or other.mail.language == code:
                yield other


def make_sample(kind: str, *, language: str) -> Sample:
    try:
        return Sample(kind, language, preview_sample(kind, language=language))
    except NoSample:
        problem = _("There is no sample of this kind yet. Its app gives one when it registers the kind.")
        return Sample(kind, language, problem=problem)
    except Exception as error:
        logger.exception("The sample of %s cannot be composed", kind)
        return Sample(kind, language, problem=_("The sample cannot be composed: %s.") % describe(error))
