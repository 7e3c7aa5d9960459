"""Following the questions: plain data, no database.

The red flags come first, always. They are not among the rows that staff edit: they are the ones that stand
on every booking page, and each of them leads to 911.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from clinic.urgency import RED_FLAGS
from education.path.rows import LeadsTo

if TYPE_CHECKING:
    from education.models import Article

# With the red flags: more would tire somebody who is in pain.
MOST_QUESTIONS = 4
RED_FLAG_QUESTION = "red-flags"
NO_RED_FLAG = "none"


class UnknownAnswer(ValueError):
    """An answer that is none of those on offer: tampered with, or gone since the page was made."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer. `question` and `article` are short names; `visit_type` is a VisitType or None."""

    slug: str
    words: str
    leads_to: str
    question: str = ""
    article: str = ""
    visit_type: Any = None


@dataclass(frozen=True, slots=True)
class Question:
    slug: str
    words: str
    choices: Sequence[Choice]

    def find(self, slug: str) -> Choice | None:
        return next((choice for choice in self.choices if choice.slug == slug), None)


@dataclass(frozen=True, slots=True)
class Step:
    """A question and what was chosen."""

    question: Question
    choice: Choice


@dataclass(frozen=True, slots=True)
class End:
    """Where a path ends. The phone stands beside every one of them."""

    kind: LeadsTo
    article: "Article | None" = None
    visit_type: Any = None


@dataclass(frozen=True, slots=True)
class Tree:
    """All questions by short name, the `first` after the red flags, and what the ends may point at.

    `articles` are the published ones of one language, by short name.
    """

    questions: Mapping[str, Question]
    first: str
    articles: Mapping[str, Any] = field(default_factory=dict)

    @property
    def red_flags(self) -> Question:
        flags = [
            Choice(slug=f"flag-{number}", words=str(words), leads_to=LeadsTo.EMERGENCY)
            for number, words in enumerate(RED_FLAGS, start=1)
        ]
        none = Choice(
            slug=NO_RED_FLAG,
            words=_("No, none of these"),
            leads_to=LeadsTo.QUESTION,
            question=self.first,
        )
        return Question(
            slug=RED_FLAG_QUESTION, words=_("Is any of this happening right now?"), choices=[*flags, none]
        )

    def follow(self, answers: Sequence[str]) -> tuple[list[Step], Question | End]:
        """Return the steps taken and what comes next. Ends after MOST_QUESTIONS, whatever the rows say.

        Raises UnknownAnswer.
        """
        steps: list[Step] = []
        here: Question | End = self.red_flags
        for answer in answers:
            choice = here.find(answer) if isinstance(here, Question) else None
            if choice is None or not isinstance(here, Question):
                raise UnknownAnswer
            steps.append(Step(question=here, choice=choice))
            here = self._go_on(choice, asked={step.question.slug for step in steps})
        return steps, here

    def list_paths(self) -> Iterator[tuple[list[Step], End]]:
        """Yield every way through the questions with its end, in the order of the answers."""
        waiting: list[list[str]] = [[]]
        while waiting:
            answers = waiting.pop()
            steps, here = self.follow(answers)
            if isinstance(here, End):
                yield steps, here
            else:
                waiting += [[*answers, choice.slug] for choice in reversed(here.choices)]

    def _go_on(self, choice: Choice, *, asked: set[str]) -> Question | End:
        if choice.leads_to != LeadsTo.QUESTION:
            return self.settle(choice)
        question = self.questions.get(choice.question)
        if question is None or not question.choices or question.slug in asked:
            return End(kind=LeadsTo.PHONE)
        return question if len(asked) < MOST_QUESTIONS else End(kind=LeadsTo.PHONE)

    def settle(self, choice: Choice) -> End:
        """Return the end that a choice has today: what is not there any more gives way to the phone."""
        article = self.articles.get(choice.article)
        visit_type = choice.visit_type
        if visit_type is not None and not visit_type.is_public:
            visit_type = None
        match choice.leads_to:
            case LeadsTo.EMERGENCY:
                return End(kind=LeadsTo.EMERGENCY)
            case LeadsTo.ARTICLE if article is not None:
                return End(kind=LeadsTo.ARTICLE, article=article, visit_type=visit_type)
            case LeadsTo.ARTICLE | LeadsTo.VISIT if visit_type is not None:
                return End(kind=LeadsTo.VISIT, article=article, visit_type=visit_type)
        return End(kind=LeadsTo.PHONE, article=article)
