from collections.abc import Sequence
from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from education.drafts import find_draft
from education.finding.json_ld import describe_article, describe_list
from education.finding.views import list_topics
from education.models import Article, ArticleStatus
from education.render import render as render_body

READ_NEXT = 3


@require_safe
def article_list(request: HttpRequest) -> HttpResponse:
    articles = list(Article.objects.published())
    context = {"articles": articles, "topics": list_topics(), "json_ld": describe_list(articles)}
    return render(request, "education/article_list.html", context)


@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the article; where it is not in this language yet, say so and name the one in which it is.

    One that was taken down says so (410), to those who still have its address.
    """
    known = Article.objects.filter(slug=slug).exclude(status=ArticleStatus.DRAFT)
    versions = {version.language: version for version in known.select_related("visit_type")}
    published = {
        code: version for code, version in versions.items() if version.status == ArticleStatus.PUBLISHED
    }
    language = get_language() or settings.LANGUAGE_CODE
    if language in published:
        return show_article(request, published[language], in_languages=list(published))
    if language in versions:
        return render(
            request, "education/withdrawn.html", {"in_languages": list(published)}, status=HTTPStatus.GONE
        )
    if not published:
        raise Http404
    context = {"other": next(iter(published.values())), "in_languages": list(published)}
    return render(request, "education/other_language.html", context, status=404)


@never_cache
@require_safe
def draft(request: HttpRequest, token: str) -> HttpResponse:
    """A draft, for whoever was given its link (education/drafts.py)."""
    try:
        found = find_draft(token)
    except Article.DoesNotExist as error:
        raise Http404 from error
    response = show_article(request, found, is_preview=True)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def show_article(
    request: HttpRequest, article: Article, *, is_preview: bool = False, in_languages: Sequence[str] = ()
) -> HttpResponse:
    """The page of an article; the admin shows drafts through it too."""
    read_next = Article.objects.published(language=article.language).related_to(article)
    document = render_body(article.body)
    context = {
        "article": article,
        "document": document,
        "read_next": read_next.only("slug", "language", "title")[:READ_NEXT],
        "topics": article.topics.all(),
        "json_ld": describe_article(article, document=document),
        "is_preview": is_preview,
        "in_languages": in_languages,
    }
    # A preview stands in the admin, which speaks English.
    with override(article.language):
        return render(request, "education/article.html", context)
