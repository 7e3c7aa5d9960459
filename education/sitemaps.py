"""sitemap.xml: every page that anybody may find, in each language, at the site's public address."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import Prefetch
from django.urls import reverse

from booking.models import VisitType
from education.finding.rows import Topic
from education.models import Article, ArticleStatus


class PublicSitemap(Sitemap):
    """Addresses come from PUBLIC_URL: behind a proxy the request's own host may be an inner one."""

    i18n = True
    alternates = True
    x_default = True

    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.PUBLIC_URL).scheme

    def get_domain(self, site: Any = None) -> str:
        return urlsplit(settings.PUBLIC_URL).netloc


class PageSitemap(PublicSitemap):
    def items(self) -> list[tuple[str, tuple[str, ...]]]:
        names = ("home", "privacy", "learn:list", "booking:visit-type", "booking:not-sure")
        pages: list[tuple[str, tuple[str, ...]]] = [(name, ()) for name in names]
        visits = VisitType.objects.filter(is_public=True).values_list("slug", flat=True)
        return pages + [("booking:time", (slug,)) for slug in visits]

    def location(self, item: tuple[str, tuple[str, ...]]) -> str:
        name, arguments = item
        return reverse(name, args=arguments)


class TopicSitemap(PublicSitemap):
    def items(self) -> list[Topic]:
        published = Article.objects.filter(status=ArticleStatus.PUBLISHED).only("language")
        topics = Topic.objects.prefetch_related(Prefetch("articles", queryset=published))
        return [topic for topic in topics if topic.articles.all()]

    def get_languages_for_item(self, item: Topic) -> list[str]:
        return sorted({article.language for article in item.articles.all()})

    def location(self, item: Topic) -> str:
        return reverse("learn:topic", args=[item.slug])


class ArticleSitemap(PublicSitemap):
    """One entry for each language in which an article is published."""

    def items(self) -> list[Article]:
        published = Article.objects.filter(status=ArticleStatus.PUBLISHED).order_by("position", "slug")
        self._versions: dict[str, dict[str, Article]] = {}
        for article in published.only("slug", "language", "updated_at", "position", "title"):
            self._versions.setdefault(article.slug, {})[article.language] = article
        return [next(iter(versions.values())) for versions in self._versions.values()]

    def get_languages_for_item(self, item: Article) -> list[str]:
        return sorted(self._versions[item.slug])

    def location(self, item: Article) -> str:
        # Not get_absolute_url: the sitemap asks in each language.
        return reverse("learn:article", args=[item.slug])

    def lastmod(self, item: Article) -> datetime:
        return max(version.updated_at for version in self._versions[item.slug].values())


SITEMAPS: dict[str, type[Sitemap]] = {
    "pages": PageSitemap,
    "topics": TopicSitemap,
    "articles": ArticleSitemap,
}
