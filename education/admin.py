"""Articles in the admin: edit, preview a draft, keep the reviews up to date."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from education.drafts import make_draft_path
from education.models import Article, ArticleStatus
from education.views import show_article

SOON = timedelta(days=90)


class ReviewFilter(admin.SimpleListFilter):
    title = _("review")
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("none", _("Not reviewed")), ("overdue", _("Overdue")), ("soon", _("Due within 90 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        today = timezone.localdate()
        match self.value():
            case "none":
                return queryset.filter(reviewed_on=None)
            case "overdue":
                return queryset.filter(review_due__lt=today)
            case "soon":
                return queryset.filter(review_due__range=(today, today + SOON))
        return queryset


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):
    list_display = (
        "title",
        "position",
        "status",
        "visit_type",
        "reviewed_on",
        "review_due",
        "edited_here",
    )
    list_filter = ("status", "language", ReviewFilter, "visit_type")
    list_select_related = ("visit_type",)
    search_fields = ("title", "summary", "body")
    fieldsets = (
        (None, {"fields": ("title", "slug", "summary", "body")}),
        (_("Where it stands"), {"fields": ("status", "preview", "draft_link", "position", "visit_type")}),
        (_("Clinical review"), {"fields": ("reviewer_name", "reviewed_on", "review_due")}),
        (_("Record"), {"fields": ("edited_here", "created_at", "updated_at")}),
    )
    readonly_fields = ("preview", "draft_link", "edited_here", "created_at", "updated_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Article | None = None) -> tuple[str, ...]:
        # An address that people have saved or printed must keep working.
        return (*self.readonly_fields, "slug") if obj else self.readonly_fields

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Article | None = None
    ) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ("title",)}

    def get_urls(self) -> list[URLPattern]:
        preview = path(
            "<int:pk>/preview/",
            self.admin_site.admin_view(self.show_preview),
            name="education_article_preview",
        )
        return [preview, *super().get_urls()]

    def show_preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The article as saved, as patients will see it, published or not."""
        article = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, article):
            raise PermissionDenied
        return show_article(request, article, is_preview=True)

    @admin.display(description=_("preview"))
    def preview(self, article: Article) -> str:
        if article.pk is None:
            return _("Save the article first.")
        address = reverse("admin:education_article_preview", args=[article.pk])
        return format_html('<a href="{}">{}</a>', address, _("Show as patients see it"))

    @admin.display(description=_("link for a reviewer"))
    def draft_link(self, article: Article) -> str:
        if article.pk is None or article.status != ArticleStatus.DRAFT:
            return _("Only a saved draft has one.")
        return format_html(
            '<a href="{}">{}</a> {}',
            make_draft_path(article),
            _("Open the draft"),
            _("Copy this address for a reviewer. No account is needed, and it works for 7 days."),
        )

    @admin.display(description=_("edited here"), boolean=True)
    def edited_here(self, article: Article) -> bool:
        return article.is_edited_here
