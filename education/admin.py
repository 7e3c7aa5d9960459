"""Articles in the admin: edit, preview a draft, keep the reviews up to date."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from education.drafts import make_draft_path
from education.editing.advice import find_advice
from education.editing.links import MOST_LINKS, check_links, find_outer_links
from education.editing.preview import SANDBOX, framed, list_samples, show_text, take_text
from education.editing.reviews import describe_review, find_change_since_review
from education.finding import admin as finding_admin
from education.models import REVIEW_YEARS, Article, ArticleStatus, years_after
from education.path import admin as path_admin
from education.versions import TEXT_FIELDS, compare, restore
from education.views import show_article

SOON = timedelta(days=90)
# Their admins stand beside what they edit; importing them registers them.
__all__ = ["ArticleAdmin", "finding_admin", "path_admin"]


class ArticleForm(forms.ModelForm):
    class Meta:
        # Django's pair of boxes has labels that screen readers may not be given, and needs a script.
        widgets = {"topics": forms.CheckboxSelectMultiple}
        help_texts = {
            "body": _("Markdown. Sections start with ##. The blocks are listed under the preview."),
            "review_due": _("Left blank: three years after the last one."),
        }

    def clean(self) -> dict[str, Any]:
        """Fill in the latest day of the next review where it was left blank."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        reviewed_on = cleaned.get("reviewed_on")
        if reviewed_on and cleaned.get("reviewer_name") and not self.data.get("review_due"):
            cleaned["review_due"] = years_after(reviewed_on, REVIEW_YEARS)
        return cleaned


class ReviewFilter(admin.SimpleListFilter):
    title = _("review")
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("none", _("Not reviewed")), ("overdue", _("Overdue")), ("soon", _("Due within 90 days"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Article]:
        today = timezone.localdate()
        match self.value():
            case "none":
                return queryset.filter(reviewed_on=None)
            case "overdue":
                return queryset.overdue()
            case "soon":
                return queryset.filter(review_due__range=(today, today + SOON))
        return queryset


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):
    form = ArticleForm
    list_display = ("title", "language", "status", "review", "position", "edited_here", "visit_type")
    list_filter = ("status", "language", ReviewFilter, "visit_type")
    list_select_related = ("visit_type",)
    search_fields = ("title", "summary", "body")
    fieldsets = (
        (None, {"fields": ("title", "slug", "language", "summary", "body")}),
        (
            _("Where it stands"),
            {"fields": ("status", "preview", "draft_link", "position", "visit_type", "topics")},
        ),
        (_("Clinical review"), {"fields": ("reviewer_name", "reviewed_on", "review_due", "since_review")}),
        (_("Record"), {"fields": ("versions", "edited_here", "created_at", "updated_at")}),
    )
    readonly_fields = (
        "preview",
        "draft_link",
        "since_review",
        "versions",
        "edited_here",
        "created_at",
        "updated_at",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Article | None = None) -> tuple[str, ...]:
        # An address that people have saved or printed must keep working.
        return (*self.readonly_fields, "slug", "language") if obj else self.readonly_fields

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Article | None = None
    ) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ("title",)}

    def get_urls(self) -> list[URLPattern]:
        live = self.admin_site.admin_view(framed(self.show_live))
        preview = path(
            "<int:pk>/preview/",
            self.admin_site.admin_view(self.show_preview),
            name="education_article_preview",
        )
        versions = path(
            "<int:pk>/versions/",
            self.admin_site.admin_view(self.list_versions),
            name="education_article_versions",
        )
        version = path(
            "<int:pk>/versions/<int:version_id>/",
            self.admin_site.admin_view(self.show_version),
            name="education_article_version",
        )
        return [
            path("live/", live, name="education_article_live_new"),
            path(
                "links/",
                self.admin_site.admin_view(require_POST(self.show_links)),
                name="education_article_links",
            ),
            path("<int:pk>/live/", live, name="education_article_live"),
            preview,
            versions,
            version,
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj._history_user = request.user
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        self._advise(request, obj)
        return super().response_add(request, obj, *args, **kwargs)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        self._advise(request, obj)
        return super().response_change(request, obj)

    def _advise(self, request: HttpRequest, article: Article) -> None:
        for line in find_advice(article):
            self.message_user(request, line, messages.WARNING)

    def list_versions(self, request: HttpRequest, pk: int) -> HttpResponse:
        article = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, article):
            raise PermissionDenied
        context = self._page_context(request, article, title=_("Versions")) | {
            "versions": article.history.select_related("history_user").order_by("-history_id")
        }
        return render(request, "admin/education/versions.html", context)

    def show_version(self, request: HttpRequest, pk: int, version_id: int) -> HttpResponse:
        """Compare a version with the article of today; a POST brings its text back."""
        article = get_object_or_404(self.get_queryset(request), pk=pk)
        may_restore = self.has_change_permission(request, article)
        if not (may_restore if request.method == "POST" else self.has_view_permission(request, article)):
            raise PermissionDenied
        version = get_object_or_404(article.history, history_id=version_id)
        problems: list[str] = []
        if request.method == "POST":
            try:
                restore(article, version=version, by=request.user)
            except ValidationError as error:
                problems = error.messages
                article.refresh_from_db()
            else:
                self.message_user(request, _("The text is back, as a new version."))
                return redirect("admin:education_article_change", pk)
        fields = [
            (
                Article._meta.get_field(name).verbose_name,  # type: ignore[union-attr]
                compare(getattr(article, name), getattr(version, name)),
            )
            for name in TEXT_FIELDS
        ]
        context = self._page_context(request, article, title=_("Compare with today")) | {
            "fields": fields,
            "is_changed": any(piece.kind != "same" for _name, pieces in fields for piece in pieces),
            "may_restore": may_restore,
            "problems": problems,
        }
        return render(request, "admin/education/version.html", context)

    def _page_context(self, request: HttpRequest, article: Article | None, *, title: Any) -> dict[str, Any]:
        return self.admin_site.each_context(request) | {
            "opts": self.opts,
            "record": article,
            "title": title,
            "media": self.media,
        }

    @admin.display(description=_("versions"))
    def versions(self, article: Article) -> str:
        if article.pk is None:
            return _("Save the article first.")
        address = reverse("admin:education_article_versions", args=[article.pk])
        return format_html('<a href="{}">{}</a>', address, _("Who changed what, and when"))

    def show_preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The article as saved, as patients will see it, published or not."""
        article = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, article):
            raise PermissionDenied
        return show_article(request, article, is_preview=True)

    def show_live(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """What stands in the form, as patients would read it. Saves nothing; a GET is the empty frame."""
        article = get_object_or_404(self.get_queryset(request), pk=pk) if pk else Article()
        if not (self.has_change_permission(request, article) if pk else self.has_add_permission(request)):
            raise PermissionDenied
        return show_text(request, take_text(article, request.POST) if request.method == "POST" else None)

    def show_links(self, request: HttpRequest) -> HttpResponse:
        """Whether the links outside of the text in the form still answer; asks each of them now."""
        if not (self.has_change_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        links = find_outer_links(request.POST.get("body", ""))
        context = self._page_context(request, None, title=_("Links that lead outside")) | {
            "answers": check_links(links),
            "left_out": links[MOST_LINKS:],
        }
        return render(request, "admin/education/article/links.html", context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        article = kwargs.get("obj")
        live = reverse("admin:education_article_live", args=[article.pk]) if article else None
        context |= {
            "live_address": live or reverse("admin:education_article_live_new"),
            "other_languages": self._list_languages(request, article) if article else [],
            "sandbox": " ".join(SANDBOX),
            "samples": list_samples(language=article.language if article else settings.LANGUAGE_CODE),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def _list_languages(self, request: HttpRequest, article: Article) -> list[tuple[str, str]]:
        """What to do about each other language, and where: open its article, or begin to write it."""
        there = dict(Article.objects.filter(slug=article.slug).values_list("language", "pk"))
        ways = []
        for code, _name in settings.LANGUAGES:
            words = {"language": get_language_info(code)["name"]}
            if code == article.language:
                continue
            if code in there:
                address = reverse("admin:education_article_change", args=[there[code]])
                ways.append((gettext("Open this page in %(language)s") % words, address))
            elif self.has_add_permission(request):
                start = {
                    "slug": article.slug,
                    "language": code,
                    "position": article.position,
                    "visit_type": article.visit_type_id or "",
                    "topics": ",".join(str(topic.pk) for topic in article.topics.all()),
                }
                address = f"{reverse('admin:education_article_add')}?{urlencode(start)}"
                ways.append((gettext("Write this page in %(language)s") % words, address))
        return ways

    @admin.display(description=_("preview"))
    def preview(self, article: Article) -> str:
        if article.pk is None:
            return _("Save the article first.")
        address = reverse("admin:education_article_preview", args=[article.pk])
        return format_html('<a href="{}">{}</a>', address, _("Show as patients see it"))

    @admin.display(description=_("link for a reviewer"))
    def draft_link(self, article: Article) -> str:
        if article.pk is None or article.status != ArticleStatus.DRAFT:
            return str(_("Only a saved draft has one."))
        return format_html(
            '<a href="{}">{}</a> {}',
            make_draft_path(article),
            _("Open the draft"),
            _("Copy this address for a reviewer. No account is needed, and it works for 7 days."),
        )

    @admin.display(description=_("review"), ordering="review_due")
    def review(self, article: Article) -> str:
        return describe_review(article)

    @admin.display(description=_("the text since then"))
    def since_review(self, article: Article) -> str:
        if article.reviewed_on is None:
            return str(_("Not reviewed"))
        if day := find_change_since_review(article):
            return gettext("Changed on %(day)s. Ask the reviewer to look again.") % {"day": date_format(day)}
        return str(_("Not changed since the review."))

    # Not as a sign: nothing is wrong with a text that nobody has edited.
    @admin.display(description=_("edited here"))
    def edited_here(self, article: Article) -> str:
        return str(_("Yes")) if article.is_edited_here else ""
