from collections.abc import Sequence

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe

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
    """Show the article; where it is not in this language yet, say so and name the one in which it is."""
    published = Article.objects.filter(slug=slug, status=ArticleStatus.PUBLISHED)
    versions = {version.language: version for version in published.select_related("visit_type")}
    if not versions:
        raise Http404
    found = versions.get(get_language() or settings.LANGUAGE_CODE)
    if found is not None:
        return show_article(request, found, in_languages=list(versions))
    context = {"other": next(iter(versions.values())), "in_languages": list(versions)}
    return render(request, "education/other_language.html", context, status=404)


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
