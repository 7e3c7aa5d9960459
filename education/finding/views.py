"""/learn/search/ and /learn/topics/…/."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from education.finding.rows import Topic
from education.finding.search import LONGEST_QUESTION, Findings, search_articles
from education.models import Article


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Look for articles. What was typed stands in the address, and is kept nowhere."""
    question = " ".join(request.GET.get("q", "").split())[:LONGEST_QUESTION]
    language = get_language() or "en"
    findings = search_articles(question, language=language) if question else Findings(found=[])
    context = {
        "question": question,
        "findings": findings,
        "topics": list_topics() if not findings.found else [],
    }
    response = render(request, "education/search.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(list_topics(), slug=slug)
    articles = Article.objects.published().filter(topics=found)
    return render(request, "education/topic.html", {"topic": found, "articles": articles})


def list_topics() -> QuerySet[Topic]:
    """The topics that have something to read in the active language."""
    return Topic.objects.filter(articles__in=Article.objects.published()).distinct()
