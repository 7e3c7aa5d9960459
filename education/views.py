from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from education.models import Article
from education.render import render as render_body

READ_NEXT = 3


@require_safe
def article_list(request: HttpRequest) -> HttpResponse:
    return render(request, "education/article_list.html", {"articles": Article.objects.published()})


@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Article.objects.published().select_related("visit_type"), slug=slug)
    return show_article(request, found)


def show_article(request: HttpRequest, article: Article, *, is_preview: bool = False) -> HttpResponse:
    """The page of an article; the admin shows drafts through it too."""
    context = {
        "article": article,
        "document": render_body(article.body),
        "read_next": Article.objects.published().following(article).only("slug", "title")[:READ_NEXT],
        "is_preview": is_preview,
    }
    return render(request, "education/article.html", context)
