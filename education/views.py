from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from education.drafts import find_draft
from education.models import Article, ArticleStatus
from education.render import render as render_body

READ_NEXT = 3


@require_safe
def article_list(request: HttpRequest) -> HttpResponse:
    return render(request, "education/article_list.html", {"articles": Article.objects.published()})


@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(
        Article.objects.exclude(status=ArticleStatus.DRAFT).select_related("visit_type"),
        slug=slug,
        language=get_language(),
    )
    if found.status == ArticleStatus.WITHDRAWN:
        return render(request, "education/withdrawn.html", status=HTTPStatus.GONE)
    return show_article(request, found)


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


def show_article(request: HttpRequest, article: Article, *, is_preview: bool = False) -> HttpResponse:
    """The page of an article; the admin shows drafts through it too."""
    context = {
        "article": article,
        "document": render_body(article.body),
        "read_next": Article.objects.published().following(article).only("slug", "title")[:READ_NEXT],
        "is_preview": is_preview,
    }
    return render(request, "education/article.html", context)
