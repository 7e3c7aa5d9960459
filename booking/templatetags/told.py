"""What is still in English says so, for screen readers; clinicians are named as a sentence names them."""

from django import template
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from booking.models.told import ToldMixin

register = template.Library()

# A Spanish sentence names nobody by a title without its article.
ARTICLES = {"Dr.": "el", "Dra.": "la"}


@register.filter
def lang_of(row: ToldMixin, name: str) -> SafeString:
    """Return ` lang="en"` where a row's text stands there in English: `<p{{ row|lang_of:"bio" }}>`."""
    return mark_safe(' lang="en"' if row.told.is_english(name) else "")


@register.filter
def in_sentence(name: str) -> str:
    """Return a clinician's name as a sentence has it: “la Dra. Fischer” in Spanish."""
    article = ARTICLES.get(name.partition(" ")[0]) if translation.get_language() == "es" else None
    return f"{article} {name}" if article else name
