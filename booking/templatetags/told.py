"""A passage that nobody has translated yet is marked as English, so that screen readers pronounce it so."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from booking.models.told import ToldMixin

register = template.Library()


@register.filter
def lang_of(row: ToldMixin, name: str) -> SafeString:
    """Return ` lang="en"` where a row's text stands there in English: `<p{{ row|lang_of:"bio" }}>`."""
    return mark_safe(' lang="en"' if row.told.is_english(name) else "")
