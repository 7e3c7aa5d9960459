"""The questions of the path in the admin: edit them, and read every path with its end on one page.

What would leave a patient without a safe end is refused, in sentences. What became unsafe later, by an
article that was withdrawn or a visit that is no longer booked online, is told here; patients get the phone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from education.models import Article, ArticleStatus
from education.path.problems import check_question, find_problems, find_unasked
from education.path.reading import read_articles, read_question, read_rows, read_tree
from education.path.rows import LeadsTo, PathChoice, PathQuestion
from education.path.source import STEP, is_edited
from education.path.tree import End, Question, Tree

LONGEST_SLUG = 40
# Where a new answer stands until staff give it a place.
AFTER_ALL = 990


class ChoiceForm(forms.ModelForm):
    """An answer. The article is chosen by its title, whatever languages it is there in."""

    article = forms.ChoiceField(label=_("Article"), required=False)

    class Meta:
        model = PathChoice
        fields = (
            "position",
            "wording",
            "wording_es",
            "leads_to",
            "next_question",
            "article",
            "visit_type",
        )
        widgets = dict.fromkeys(("wording", "wording_es"), forms.TextInput(attrs={"size": 70}))

    def __init__(self, *args: Any, articles: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.initial.setdefault("position", AFTER_ALL)
        # One that is gone meanwhile stays to be seen.
        missing = {self.instance.article} - {slug for slug, _title in articles}
        kept = [(slug, slug) for slug in missing if slug]
        self.fields["article"].choices = [("", "---------"), *articles, *kept]  # type: ignore[attr-defined]


class ChoiceFormSet(BaseInlineFormSet):
    """The answers to one question. Refused where any path would not end somewhere safe."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form_kwargs["articles"] = _list_articles()

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        choices = self._read_choices()
        _name_choices(choices)
        problems = _find_new_problems(self.instance, choices)
        if problems:
            raise ValidationError(problems)

    def _read_choices(self) -> list[PathChoice]:
        """Return the answers as they would be saved, in their order."""
        kept = [
            form.instance
            for form in self.forms
            if form not in self.deleted_forms and (form.instance.pk or form.has_changed())
        ]
        return sorted(kept, key=lambda choice: (choice.position, choice.pk is None, choice.pk or 0))


def _list_articles() -> list[tuple[str, str]]:
    """Return every article once; those that are not published say so."""
    titles: dict[str, str] = {}
    for article in Article.objects.order_by("language", "position").only("slug", "title", "status"):
        is_published = article.status == ArticleStatus.PUBLISHED
        told = article.title if is_published else f"{article.title} ({article.get_status_display()})"
        titles.setdefault(article.slug, told)
    return list(titles.items())


def _name_choices(choices: Sequence[PathChoice]) -> None:
    """Give a short name to each answer that has none: pages that are open know an answer by it."""
    taken = {choice.slug for choice in choices}
    for choice in choices:
        if choice.slug:
            continue
        base = slugify(choice.wording)[: LONGEST_SLUG - 4].strip("-") or "answer"
        choice.slug, number = base, 1
        while choice.slug in taken:
            number += 1
            choice.slug = f"{base}-{number}"
        taken.add(choice.slug)


def _find_new_problems(question: PathQuestion, choices: Sequence[PathChoice]) -> list[str]:
    """Return what would be wrong with this question, or with others because of it.

    What was wrong elsewhere before does not keep anybody from mending this one.
    """
    with translation.override(settings.LANGUAGE_CODE):
        before = read_tree()
        rows = [row for row in read_rows() if row.pk != question.pk]
        ours = read_question(question, choices)
        ordered = sorted([*rows, question], key=lambda row: (row.position, row.pk is None, row.pk or 0))
        after = Tree(
            questions={
                row.slug: ours if row is question else read_question(row, row.choices.all())
                for row in ordered
            },
            first=ordered[0].slug,
            articles=read_articles(),
        )
    known = set(find_problems(before)) - set(check_question(after, ours))
    return [problem for problem in find_problems(after) if problem not in known]


class ChoiceInline(admin.StackedInline):
    model = PathChoice
    form = ChoiceForm
    formset = ChoiceFormSet
    fk_name = "question"
    fields = (
        ("wording", "wording_es"),
        ("leads_to", "next_question"),
        ("article", "visit_type"),
        "position",
    )

    def get_extra(self, request: HttpRequest, obj: PathQuestion | None = None, **kwargs: Any) -> int:
        """Without script nobody can ask for more empty answers: a new question has three, others one."""
        return 1 if obj else 3

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            # A visit type is not made, changed or deleted from here.
            field.widget = field.widget.widget
        return field


@dataclass(frozen=True, slots=True)
class Branch:
    """An answer on the page of all paths, with the question that follows it or the `end`."""

    words: str
    question: str = ""
    branches: Sequence["Branch"] = ()
    end: End | None = None
    chosen: str = ""

    @property
    def has_given_way(self) -> bool:
        """Whether the end is not the one that staff chose: what that one points at is not there today."""
        return self.end is not None and self.end.kind != self.chosen

    @property
    def given_way(self) -> str:
        return str(LeadsTo(self.chosen).label)


def _grow(tree: Tree, answers: Sequence[str] = ()) -> list[Branch]:
    """Return the answers to the question that comes after `answers`, each with all that follows."""
    _steps, question = tree.follow(answers)
    assert isinstance(question, Question)
    branches = []
    for choice in question.choices:
        _steps, here = tree.follow([*answers, choice.slug])
        if isinstance(here, End):
            branches.append(Branch(words=choice.words, end=here, chosen=choice.leads_to))
        else:
            branches.append(
                Branch(
                    words=choice.words,
                    question=here.words,
                    branches=_grow(tree, [*answers, choice.slug]),
                )
            )
    return branches


@admin.register(PathQuestion)
class PathQuestionAdmin(admin.ModelAdmin):
    list_display = ("wording", "position", "number_of_choices", "wording_es")
    search_fields = ("wording", "wording_es", "choices__wording", "choices__wording_es")
    fields = ("wording", "wording_es", "slug", "position")
    inlines = (ChoiceInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PathQuestion]:
        return super().get_queryset(request).annotate(number_of_choices=Count("choices", distinct=True))

    @admin.display(description=_("answers"), ordering="number_of_choices")
    def number_of_choices(self, question: Any) -> int:
        return question.number_of_choices

    def get_readonly_fields(self, request: HttpRequest, obj: PathQuestion | None = None) -> tuple[str, ...]:
        # Pages that are open, and the other questions, know it by this name.
        return ("slug",) if obj else ()

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: PathQuestion | None = None
    ) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ("wording",)}

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        # At the end: the lowest position would make it the first that everybody is asked.
        last = PathQuestion.objects.last()
        return {
            "position": (last.position if last else 0) + STEP,
            **super().get_changeform_initial_data(request),
        }

    def has_delete_permission(self, request: HttpRequest, obj: PathQuestion | None = None) -> bool:
        """The first question stays, and so does one that an answer leads to."""
        if obj is not None and (obj == PathQuestion.objects.first() or obj.led_to_by.exists()):
            return False
        return super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        # Several at once would not be asked one by one whether they may go.
        actions.pop("delete_selected", None)
        return actions

    def get_urls(self) -> list[URLPattern]:
        paths = path(
            "paths/", self.admin_site.admin_view(self.show_paths), name="education_pathquestion_paths"
        )
        return [paths, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        with translation.override(settings.LANGUAGE_CODE):
            tree = read_tree()
        return super().changelist_view(
            request, {**(extra_context or {}), "problems": find_problems(tree), "is_edited": is_edited()}
        )

    def show_paths(self, request: HttpRequest) -> HttpResponse:
        """Every path with its end, in each language, as patients would walk it today."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        trees = {}
        for code, name in settings.LANGUAGES:
            with translation.override(code):
                tree = read_tree()
                trees[name] = Branch(words=name, question=tree.red_flags.words, branches=_grow(tree))
            if code == settings.LANGUAGE_CODE:
                problems, unasked = find_problems(tree), find_unasked(tree)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Every path and its end"),
            "trees": trees,
            "problems": problems,
            "unasked": unasked,
            "untranslated": _list_untranslated(),
        }
        return TemplateResponse(request, "admin/education/pathquestion/paths.html", context)


def _list_untranslated() -> list[str]:
    """Return the wordings that Spanish readers meet in English."""
    questions = PathQuestion.objects.filter(wording_es="").values_list("wording", flat=True)
    choices = PathChoice.objects.filter(wording_es="").values_list("wording", flat=True)
    return [*questions, *choices]
