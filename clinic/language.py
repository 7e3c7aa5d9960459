"""The address alone decides the language: /learn/ is English, /es/learn/ the same page in Spanish.

Neither a cookie nor what the browser prefers has a say, so a page is one page for everybody and every
cache: none says `Vary: Accept-Language`. docs/adr/0017.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation


def follow_address(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, around all that may answer in words: speak the address's language while it is answered.

    Pages for staff and addresses for programs have no language in theirs: they speak English.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        language = translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE
        with translation.override(language):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    return middleware
