"""A page that is the same for everybody but for the tokens in its forms: drawn once, and remembered."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.middleware.csrf import get_token
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page

from booking.availability import Answer, remember
from booking.versions import Versions
from clinic.branding import read_dim

# Stands where the token goes. What somebody wrote into the address cannot be it: templates escape that.
TOKEN = SafeString("<csrf>")

View = Callable[..., HttpResponse]


def revalidated(view: View) -> View:
    """The browser may keep the page, and asks each time whether it still holds: a time may be gone."""
    return wraps(view)(cache_control(private=True, no_cache=True)(conditional_page(view)))


def answer_remembered(
    request: HttpRequest,
    *,
    names: Sequence[str],
    versions: Versions | None,
    now: datetime,
    draw: Callable[[SafeString], str],
) -> HttpResponse:
    """Answer with what `draw` makes, or made when nothing was different yet.

    `draw` gets what stands for the token. It may read the address, the language, the dim cookie and what
    `versions` are about; nothing else of the request, no session above all. `names` are the parameters that
    our own addresses have, in their order: a page at another address is drawn and not kept, or the marks of
    campaigns would push out what many ask for. Settings say how many are kept at most.
    """
    query = request.META.get("QUERY_STRING", "")
    # Compared with what was read of it, by whatever charset a request may name.
    is_own = not query or query == urlencode(
        {name: request.GET[name] for name in names if name in request.GET}
    )
    question = [request.get_full_path(), get_language() or "", str(read_dim(request))]
    answer = remember(
        question,
        versions=versions if is_own else None,
        now=now,
        make=lambda: draw(TOKEN),
        memory="pages",
    )
    # The browser's own secret, where it sent one that can be read.
    owner = request.META.get("CSRF_COOKIE")
    # Compressed pages have a weak tag, and both stand for the same page: RFC 9110, 13.1.2.
    kept = request.headers.get("If-None-Match", "").removeprefix("W/")
    if owner and kept == (etag := _name_page(answer, owner=owner)):
        # Before a token is made that nobody gets.
        return HttpResponseNotModified(headers={"ETag": etag})
    token = get_token(request)
    etag = _name_page(answer, owner=request.META["CSRF_COOKIE"])
    return HttpResponse(answer.text.replace(TOKEN, token), headers={"ETag": etag})


def _name_page(answer: Answer, *, owner: str) -> str:
    """A kept page has a token in it, which belongs to the cookie that came with it."""
    return f'"{hashlib.sha256(f"{answer.etag}{owner}".encode()).hexdigest()[:32]}"'
