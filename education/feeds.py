"""The Atom feed of all articles, newest change first."""

import re
from datetime import datetime

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_safe

from education.models import Article

LONGEST_FEED = 50
# What XML cannot say. Slides and word processors put such a sign where a line was broken.
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@method_decorator([require_safe, conditional_page], name="__call__")
class ArticleFeed(Feed):
    """Addresses come from PUBLIC_URL: behind a proxy the request's own host may be an inner one."""

    feed_type = Atom1Feed

    def __call__(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        return super().__call__(request, *args, **kwargs)

    def title(self) -> str:
        return _("Articles from %(clinic)s") % {"clinic": settings.CLINIC["name"]}

    def subtitle(self) -> str:
        return _("Plain words about muscle spasms. They do not take the place of a visit.")

    def link(self) -> str:
        return settings.PUBLIC_URL + reverse("learn:list")

    def feed_url(self) -> str:
        return settings.PUBLIC_URL + reverse("learn:feed")

    def feed_guid(self) -> str:
        return self.link()

    def author_name(self) -> str:
        return settings.CLINIC["name"]

    def items(self) -> QuerySet[Article]:
        return Article.objects.published().order_by("-updated_at", "pk")[:LONGEST_FEED]

    def item_title(self, item: Article) -> str:
        return NOT_IN_XML.sub(" ", item.title)

    def item_description(self, item: Article) -> str:
        # Atom1Feed marks a summary as HTML: plain text must be escaped, or a reader takes it as markup.
        return escape(NOT_IN_XML.sub(" ", item.summary))

    def item_link(self, item: Article) -> str:
        return settings.PUBLIC_URL + item.get_absolute_url()

    def item_pubdate(self, item: Article) -> datetime:
        return item.created_at

    def item_updateddate(self, item: Article) -> datetime:
        return item.updated_at
