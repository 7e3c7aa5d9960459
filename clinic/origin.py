"""Forms on pages that send no referrer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def name_own_origin(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, before the CSRF check: our own page's `Origin: null` is our own origin.

    With `Referrer-Policy: no-referrer`, which pages with a secret address need, browsers send
    `Origin: null`, and Django refuses the form before it looks at its token. No page can write
    Sec-Fetch-Site: "same-origin" there comes from the browser. The few browsers too old to send
    it are judged by the token alone.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        is_own = request.META.get("HTTP_SEC_FETCH_SITE", "same-origin") == "same-origin"
        if request.META.get("HTTP_ORIGIN") == "null" and is_own:
            request.META["HTTP_ORIGIN"] = f"{request.scheme}://{request.get_host()}"
        return get_response(request)

    return middleware
