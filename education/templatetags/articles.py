"""Articles by the short name that a visit keeps of the one it came from."""

from django import template

from education.models import Article

register = template.Library()


@register.simple_tag
def find_article(slug: str) -> Article | None:
    """Return the published article; None for one that is gone since, or never was."""
    return Article.objects.published().filter(slug=slug).first() if slug else None
