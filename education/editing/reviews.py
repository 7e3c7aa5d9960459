"""How it stands with the clinical review of an article, in words."""

from datetime import date

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _

from education.models import Article
from education.versions import TEXT_FIELDS

DAY = "M j, Y"


def describe_review(article: Article) -> str:
    today = timezone.localdate()
    if article.review_due is None:
        return _("Not reviewed")
    if article.review_due < today:
        return _("Overdue since %(day)s") % {"day": date_format(article.review_due, DAY)}
    if article.review_due == today:
        return _("Due today")
    return _("Due in %(time)s") % {"time": timeuntil(article.review_due, today)}


def find_change_since_review(article: Article) -> date | None:
    """The day on which the text first became another than the one that was reviewed; None: it is that one.

    That is the text of the first version that names this review.
    """
    if article.reviewed_on is None:
        return None
    versions = list(
        article.history.filter(reviewer_name=article.reviewer_name, reviewed_on=article.reviewed_on)
        .order_by("history_id")
        .only("history_date", *TEXT_FIELDS)
    )
    if not versions:
        return None
    reviewed = versions[0]
    if all(getattr(reviewed, name) == getattr(article, name) for name in TEXT_FIELDS):
        return None
    changed = (
        version
        for version in versions
        if any(getattr(version, name) != getattr(reviewed, name) for name in TEXT_FIELDS)
    )
    first = next(changed, None)
    return timezone.localdate(first.history_date if first else article.updated_at)
