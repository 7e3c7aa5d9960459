"""What speaks against a set of questions, in sentences for staff. None: every path ends somewhere safe."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from education.path.rows import LeadsTo
from education.path.tree import MOST_QUESTIONS, RED_FLAG_QUESTION, Choice, Question, Tree


def find_problems(tree: Tree) -> list[str]:
    """Return each problem once. Looks at the questions that nothing leads to as well."""
    problems = list(_check_red_flags(tree.red_flags))
    if tree.first not in tree.questions:
        problems.append(_("There is no question yet. After the red flags, patients are asked to call."))
    for question in tree.questions.values():
        problems += check_question(tree, question)
    if tree.first in tree.questions:
        problems += _check_ways(tree, tree.questions[tree.first], asked=[])
    for slug in tree.questions:
        problems += _check_ways(tree, tree.questions[slug], asked=[], only_loops=True)
    return list(dict.fromkeys(problems))


def find_unasked(tree: Tree) -> list[Question]:
    """Return the questions to which no path leads."""
    asked = {step.question.slug for steps, _end in tree.list_paths() for step in steps}
    return [question for slug, question in tree.questions.items() if slug not in asked]


def _check_red_flags(question: Question) -> Iterator[str]:
    flags, last = question.choices[:-1], question.choices[-1]
    if not flags or any(choice.leads_to != LeadsTo.EMERGENCY for choice in flags):
        yield _("A red flag does not lead to 911.")
    if last.leads_to != LeadsTo.QUESTION:
        yield _("Nobody comes past the red flags.")


def check_question(tree: Tree, question: Question) -> Iterator[str]:
    """Yield what is wrong with one question and where its answers lead."""
    asked = {"question": question.words}
    if question.slug == RED_FLAG_QUESTION:
        yield _("“%(question)s”: the red flags have this short name. Choose another.") % asked
    if len(question.choices) < 2:
        yield _("“%(question)s” needs at least two answers.") % asked
    for choice in question.choices:
        if problem := _check_end(tree, choice):
            yield _("“%(question)s”, “%(answer)s”: %(problem)s") % {
                **asked,
                "answer": choice.words,
                "problem": problem,
            }


def _check_end(tree: Tree, choice: Choice) -> str:
    """Return what is wrong with where a choice leads; "" for nothing."""
    match choice.leads_to:
        case LeadsTo.QUESTION if choice.question not in tree.questions:
            return _("choose the question that comes next.")
        case LeadsTo.ARTICLE if not choice.article:
            return _("choose the article to read.")
        case LeadsTo.VISIT if choice.visit_type is None:
            return _("choose the visit to book.")
    if choice.article and choice.article not in tree.articles:
        return _("the article “%(article)s” is not published.") % {"article": choice.article}
    if choice.visit_type is not None and not choice.visit_type.is_public:
        return _("“%(visit)s” cannot be booked online.") % {"visit": choice.visit_type.name}
    return ""


def _check_ways(
    tree: Tree, question: Question, *, asked: list[Question], only_loops: bool = False
) -> Iterator[str]:
    if question in asked:
        yield _("“%(question)s” comes back on its own path. Nobody may be asked the same twice.") % {
            "question": question.words
        }
        return
    asked = [*asked, question]
    # The red flags are a question too.
    if not only_loops and len(asked) + 1 > MOST_QUESTIONS:
        yield _("The path to “%(question)s” has more than %(most)d questions, with the red flags.") % {
            "question": question.words,
            "most": MOST_QUESTIONS,
        }
        return
    led_to = {choice.question for choice in question.choices if choice.leads_to == LeadsTo.QUESTION}
    for slug, following in tree.questions.items():
        if slug in led_to:
            yield from _check_ways(tree, following, asked=asked, only_loops=only_loops)
