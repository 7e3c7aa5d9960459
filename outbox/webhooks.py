"""Where mail providers tell what became of a mail, each by its name: `<provider>/tracking/`.

The secret of MAIL_WEBHOOK_SECRET is asked for by Anymail's views. The others of its addresses are for
incoming mail, which nobody here reads.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from anymail import urls
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path

app_name = "webhooks"


def known_if_set_up(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A 404 for a provider that we have no key or package of: anybody may ask, and it is no error of ours."""

    @wraps(view)
    def answer(request: HttpRequest, **names: Any) -> HttpResponseBase:
        try:
            return view(request, **names)
        except ImproperlyConfigured:
            raise Http404 from None

    return answer


urlpatterns = [
    path(str(pattern.pattern), known_if_set_up(pattern.callback), name=pattern.name)
    for pattern in urls.urlpatterns
    if str(pattern.name).endswith("_tracking_webhook")
]
