"""The other languages of a page: the switch that people use, and the links that search engines read.

A view whose page is not there in every language gives `in_languages`, the codes of those in which it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.http import escape_leading_slashes
from django.utils.translation import get_language

register = template.Library()

HOME = "/"
# Pages that anybody may find; all others are about somebody, or a step that nobody can start with.
PUBLIC = {
    "home",
    "privacy",
    "learn:list",
    "learn:article",
    "learn:topic",
    "booking:visit-type",
    "booking:time",
    "booking:not-sure",
}


@dataclass(frozen=True, slots=True)
class Version:
    """The page in one language, which `name` names in its own words."""

    code: str
    name: str
    address: str


@register.inclusion_tag("includes/languages.html", takes_context=True)
def language_switch(context: template.Context) -> dict[str, Any]:
    """A link to the same page in each other language in which there is one."""
    request = context.get("request")
    return {"versions": list(_list_versions(request, context)) if request is not None else []}


def _list_versions(request: HttpRequest, context: template.Context) -> Iterator[Version]:
    # A page at a POST-only address gives one that can be read again, as it does for the dim switch.
    here = context.get("dim_next") or escape_leading_slashes(request.get_full_path())
    for code, name in settings.LANGUAGES:
        if code == get_language() or code not in (context.get("in_languages") or dict(settings.LANGUAGES)):
            continue
        address = translate_url(here, code)
        if address == here:
            # Not a page of ours; or one whose address has no language, such as a demo's inbox.
            if request.resolver_match is not None:
                continue
            address = translate_url(HOME, code)
        yield Version(code, name, address)


@register.inclusion_tag("includes/alternates.html", takes_context=True)
def language_alternates(context: template.Context) -> dict[str, Any]:
    """`hreflang` links, on public pages that are there in more than one language."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    codes = context.get("in_languages") or [code for code, _ in settings.LANGUAGES]
    if request is None or match is None or match.view_name not in PUBLIC or len(codes) < 2:
        return {"alternates": []}
    public = settings.PUBLIC_URL
    alternates = [(code, public + translate_url(request.path, code)) for code in codes]
    default = public + translate_url(request.path, settings.LANGUAGE_CODE)
    return {"alternates": [*alternates, ("x-default", default)]}
