"""What is overdue, for the front page of the admin."""

from django import template

from education.models import Article

register = template.Library()


@register.simple_tag
def count_overdue_reviews() -> int:
    return Article.objects.overdue().count()
