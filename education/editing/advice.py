"""What an editor should look at in a text. Advice, never a refusal: a good reason may stand against each."""

from collections.abc import Iterator
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from education.models import Article
from education.reading import find_grade, find_spanish_ease, read_sentences, split_sentences
from education.render import find_links, render

# Flesch and Kincaid. Our own articles stay at 6; one grade above is where readers are lost.
HIGHEST_GRADE = 7.0
# The INFLESZ scale calls 55 to 65 normal, and what is below it somewhat hard.
LOWEST_SPANISH_EASE = 55.0
MOST_WORDS = 25
# A text of long sentences is told so by the first few.
MOST_QUOTES = 5
ARTICLE = "learn:article"


def find_advice(article: Article) -> list[str]:
    """Sentences about `article` as it is in memory, saved or not."""
    return [*_judge_reading(article), *_judge_links(article)]


def _judge_reading(article: Article) -> Iterator[str]:
    sentences = [*read_sentences(article.summary), *split_sentences(article.body)]
    if not sentences:
        return
    if article.language == "en" and (grade := find_grade(sentences)) > HIGHEST_GRADE:
        yield _(
            "This reads like school grade %(grade).1f. Aim for grade 6: shorter sentences, shorter words."
        ) % {"grade": grade}
    if article.language == "es" and (ease := find_spanish_ease(sentences)) < LOWEST_SPANISH_EASE:
        yield _(
            "This is hard to read: %(ease)d of 100 (Szigriszt). Aim for 65: shorter sentences, shorter words."
        ) % {"ease": ease}
    long = [sentence for sentence in sentences if len(sentence.words) > MOST_WORDS]
    for sentence in long[:MOST_QUOTES]:
        yield _("This sentence has %(count)d words. Make two of it: “%(sentence)s”") % {
            "count": len(sentence.words),
            "sentence": sentence.text,
        }
    if more := len(long[MOST_QUOTES:]):
        yield ngettext(
            "%(count)d more sentence has over %(most)d words.",
            "%(count)d more sentences have over %(most)d words.",
            more,
        ) % {"count": more, "most": MOST_WORDS}


def _judge_links(article: Article) -> Iterator[str]:
    """Ask the database once, however many links there are."""
    here = article.get_absolute_url() if article.slug else reverse("learn:list")
    own_host = urlsplit(settings.PUBLIC_URL).netloc
    to_articles: list[tuple[str, str, str, str]] = []
    for link in find_links(article.body):
        try:
            target = urlsplit(urljoin(here, link))
        except ValueError:
            yield _("This link is not an address: %(link)s") % {"link": link}
            continue
        if target.scheme == "http" and target.netloc != own_host:
            yield _("This link starts with http:// and shows as plain words. Use https://: %(link)s") % {
                "link": link
            }
        if target.scheme not in ("", "http", "https") or target.netloc not in ("", own_host):
            continue
        anchor = unquote(target.fragment)
        if link.startswith("#"):
            if not _has_anchor(article, anchor):
                yield _("No section of this page has this link's name: %(link)s") % {"link": link}
            continue
        place = _resolve(target.path)
        if place is None:
            yield _("This link leads to no page of ours: %(link)s") % {"link": link}
        elif place[0]:
            to_articles.append((link, *place, anchor))
    published = {
        (found.slug, found.language): found
        for found in Article.objects.filter(
            status="published", slug__in={slug for _link, slug, _language, _anchor in to_articles}
        )
    }
    for link, slug, language, anchor in to_articles:
        found = published.get((slug, language))
        if found is None:
            yield _("This link leads to an article that is not published in its language: %(link)s") % {
                "link": link
            }
        elif anchor and not _has_anchor(found, anchor):
            yield _("The article is there, but no section of it has this link's name: %(link)s") % {
                "link": link
            }


def _resolve(path: str) -> tuple[str, str] | None:
    """The slug and language of the article at `path`; ("", language) for another page; None for none."""
    language = translation.get_language_from_path(path) or settings.LANGUAGE_CODE
    with translation.override(language):
        try:
            match = resolve(path)
        except Resolver404:
            return None
    return (match.kwargs["slug"] if match.view_name == ARTICLE else "", language)


def _has_anchor(article: Article, anchor: str) -> bool:
    return anchor in {heading.anchor for heading in render(article.body).contents}
