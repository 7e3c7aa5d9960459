"""Links that show a draft to a reviewer who has no account."""

from datetime import timedelta

from django.core import signing
from django.urls import reverse
from django.utils import translation

from education.models import Article, ArticleStatus

LIFETIME = timedelta(days=7)


def _make_signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(salt="education.drafts")


def make_draft_path(article: Article) -> str:
    """The path that shows `article` for LIFETIME, as long as it stays a draft."""
    with translation.override(article.language):
        return reverse("learn:draft", args=[_make_signer().sign(str(article.pk))])


def find_draft(token: str) -> Article:
    """The draft that `token` was made for. Raises Article.DoesNotExist where it shows nothing (any more)."""
    try:
        pk = int(_make_signer().unsign(token, max_age=LIFETIME))
    except (signing.BadSignature, ValueError) as error:
        raise Article.DoesNotExist from error
    return Article.objects.select_related("visit_type").get(pk=pk, status=ArticleStatus.DRAFT)
