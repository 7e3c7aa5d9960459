"""Articles for patients. Their text comes from content/*.md and may be edited in the admin."""

import hashlib
import json
import math
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Count, F, Q, Value, When
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from education.finding.rows import Topic
from education.path.rows import PathChoice as PathChoice
from education.path.rows import PathQuestion as PathQuestion
from education.render import find_problems
from education.versions import ArticleHistory

# Health pages are looked at again at the latest after this time (DISCERN and NHS practice).
REVIEW_YEARS = 3
# Addresses beside the articles (education/urls.py).
RESERVED_SLUGS = {"draft", "feed", "search", "topics", "which"}
WORDS_PER_MINUTE = 200


def years_after(day: date, years: int) -> date:
    """The same day `years` later; March 1 where February 29 does not exist."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


class ArticleStatus(models.TextChoices):
    """Withdrawn: was published, and its address says so to those who still have it."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ArticleQuerySet(models.QuerySet["Article"]):
    def published(self, *, language: str | None = None) -> "ArticleQuerySet":
        """What patients may read, in `language` (a code of settings.LANGUAGES); None: the active one."""
        return self.filter(status=ArticleStatus.PUBLISHED, language=language or get_language())

    def overdue(self) -> "ArticleQuerySet":
        """Those whose review should have been repeated by now. Nobody reads a withdrawn one."""
        late = self.filter(review_due__lt=timezone.localdate())
        return late.exclude(status=ArticleStatus.WITHDRAWN)

    def following(self, article: "Article") -> "ArticleQuerySet":
        """The other articles in reading order, those after `article` first, then from the start."""
        is_later = Q(position__gt=article.position) | Q(position=article.position, title__gt=article.title)
        return self.exclude(pk=article.pk).order_by(
            Case(When(is_later, then=Value(0)), default=Value(1)), "position", "title"
        )

    def related_to(self, article: "Article") -> "ArticleQuerySet":
        """The other articles: those first that share the most topics with `article`, then as `following`."""
        shared = Count("topics", filter=Q(topics__in=article.topics.all()), distinct=True)
        reading_order = self.following(article)
        return reading_order.annotate(shared=shared).order_by("-shared", *reading_order.query.order_by)


class Article(models.Model):
    """One page for patients, in one language.

    The same page in another language is a row of its own with the same slug: its own text, its own
    review, its own versions.

    `source_digest` is the digest of what a content file last put into this row; while it equals
    `content_digest()`, nobody has edited the row. It is empty for an article written in the admin.
    """

    slug = models.SlugField(_("address name"), max_length=80)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default="en")
    title = models.CharField(_("title"), max_length=120)
    summary = models.CharField(
        _("summary"), max_length=250, help_text=_("One line. Shown under the title and in lists.")
    )
    body = models.TextField(
        _("text"),
        help_text=_(
            "Markdown. Sections start with ##. Blocks: “::: do”, “::: do-not”, “::: book-a-visit”, "
            "“::: call-today”, “::: call-911”, each closed by a line with “:::”."
        ),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    visit_type = models.ForeignKey(
        "booking.VisitType",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="articles",
        verbose_name=_("visit type"),
        help_text=_("The visit this article leads to."),
    )
    topics = models.ManyToManyField(Topic, blank=True, related_name="articles", verbose_name=_("topics"))
    reviewer_name = models.CharField(_("clinical reviewer"), max_length=120, blank=True)
    reviewed_on = models.DateField(_("last reviewed"), null=True, blank=True)
    review_due = models.DateField(_("next review due"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=9, choices=ArticleStatus.choices, default=ArticleStatus.DRAFT
    )
    source_digest = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects = ArticleQuerySet.as_manager()
    history = ArticleHistory(excluded_fields=["source_digest", "created_at", "updated_at"])

    class Meta:
        ordering = ["position", "title"]
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        constraints = [
            models.UniqueConstraint(
                fields=["slug", "language"],
                name="education_article_slug_language",
                violation_error_message=_("Another article in this language has this address."),
            ),
            models.CheckConstraint(
                condition=(
                    Q(reviewer_name="", reviewed_on__isnull=True, review_due__isnull=True)
                    # Without both isnull a missing date makes the whole condition unknown, which passes.
                    | ~Q(reviewer_name="")
                    & Q(reviewed_on__isnull=False, review_due__isnull=False, review_due__gt=F("reviewed_on"))
                ),
                name="education_article_review",
                violation_error_message=_(
                    "A review needs all three: who reviewed, on which day, and a later day for the next one."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        with translation.override(self.language):
            return reverse("learn:article", args=[self.slug])

    def clean(self) -> None:
        """Raise ValidationError for a text that would not show as meant, or a review on wrong days."""
        super().clean()
        errors: dict[str, list[str]] = {}
        if self.slug in RESERVED_SLUGS:
            errors["slug"] = [gettext("Another page has this address.")]
        if problems := find_problems(self.body, language=self.language):
            errors["body"] = problems
        if self.reviewed_on and self.reviewed_on > timezone.localdate():
            errors["reviewed_on"] = [gettext("A review has taken place: choose today or an earlier day.")]
        elif (
            self.reviewed_on
            and self.review_due
            and self.review_due > years_after(self.reviewed_on, REVIEW_YEARS)
        ):
            errors["review_due"] = [gettext("The next review is due at most three years after the last one.")]
        if errors:
            raise ValidationError(errors)

    @property
    def reading_minutes(self) -> int:
        return max(1, math.ceil(len(self.body.split()) / WORDS_PER_MINUTE))

    @property
    def is_edited_here(self) -> bool:
        """Whether staff changed what a content file put here, or wrote the article themselves."""
        return self.source_digest != self.content_digest()

    def content_digest(self) -> str:
        """SHA-256 over all that a content file can set.

        Line ends and outer blanks do not count: a browser sends a form's text back with CRLF, and
        a form strips it. Saving a form untouched must not look like an edit.
        """
        content = [
            self.title,
            self.summary,
            "\n".join(self.body.strip().splitlines()),
            self.position,
            self.visit_type.slug if self.visit_type else "",
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()
