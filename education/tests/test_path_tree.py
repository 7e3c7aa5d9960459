"""Following the questions: what is accepted ends somewhere safe, and what is not accepted ends too."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.urgency import RED_FLAGS
from education.path.problems import find_problems, find_unasked
from education.path.rows import LeadsTo
from education.path.tree import MOST_QUESTIONS, Choice, End, Question, Tree, UnknownAnswer


@dataclass(frozen=True)
class Visit:
    name: str = "First visit"
    is_public: bool = True


@dataclass(frozen=True)
class Page:
    title: str = "Cramps"


VISIT, CLOSED = Visit(), Visit(is_public=False)
ARTICLES = {"cramps": Page()}
NAMES = ["a", "b", "c", "d", "e"]


def choice(slug: str, leads_to: LeadsTo = LeadsTo.PHONE, **fields: Any) -> Choice:
    return Choice(slug=slug, words=slug.upper(), leads_to=leads_to, **fields)


def ask(slug: str, *choices: Choice) -> Question:
    return Question(slug=slug, words=f"{slug}?", choices=choices)


def make_tree(*questions: Question) -> Tree:
    by_slug = {question.slug: question for question in questions}
    return Tree(questions=by_slug, first=questions[0].slug if questions else "", articles=ARTICLES)


def go_to(slug: str) -> Choice:
    return choice(f"to-{slug}", LeadsTo.QUESTION, question=slug)


ENDS = (choice("x"), choice("y"))

choices = st.builds(
    Choice,
    slug=st.sampled_from(["1", "2", "3"]),
    words=st.just("words"),
    leads_to=st.sampled_from(LeadsTo),
    question=st.sampled_from([*NAMES, ""]),
    article=st.sampled_from(["cramps", "withdrawn", ""]),
    visit_type=st.sampled_from([VISIT, CLOSED, None]),
)
trees = st.lists(
    st.builds(
        Question,
        slug=st.sampled_from(NAMES),
        words=st.sampled_from(["One?", "Two?", "Three?"]),
        choices=st.lists(choices, max_size=3, unique_by=lambda choice: choice.slug),
    ),
    max_size=5,
    unique_by=lambda question: question.slug,
).map(lambda questions: make_tree(*questions))
# Like a tree that staff work on: mostly right, so that many are accepted.
right_choices = st.one_of(
    st.builds(lambda slug: go_to(slug), st.sampled_from(NAMES)),
    st.sampled_from(
        [
            choice("phone"),
            choice("visit", LeadsTo.VISIT, visit_type=VISIT),
            choice("read", LeadsTo.ARTICLE, article="cramps"),
            choice("now", LeadsTo.EMERGENCY),
        ]
    ),
)
likely_trees = st.lists(
    st.lists(right_choices, min_size=2, max_size=4, unique_by=lambda choice: choice.slug),
    min_size=1,
    max_size=5,
).map(lambda rows: make_tree(*(ask(name, *row) for name, row in zip(NAMES, rows, strict=False))))


def keep_forward(tree: Tree) -> Tree:
    """Drop the ways back, so that most trees are accepted."""
    rows = list(tree.questions.values())
    later = [{other.slug for other in rows[place + 1 :]} for place in range(len(rows))]
    return make_tree(
        *(
            ask(row.slug, *(one for one in row.choices if not one.question or one.question in ahead), *ENDS)
            for row, ahead in zip(rows, later, strict=True)
        )
    )


any_tree = st.one_of(trees, likely_trees, likely_trees.map(keep_forward))


@given(any_tree)
def test_every_path_ends_after_a_few_questions_whatever_the_rows_say(tree: Tree):
    for steps, end in tree.list_paths():
        assert len(steps) <= MOST_QUESTIONS
        assert end.visit_type is None or end.visit_type.is_public
        assert end.kind != LeadsTo.QUESTION
        assert end.kind != LeadsTo.VISIT or end.visit_type is not None
        assert end.kind != LeadsTo.ARTICLE or end.article is not None


@given(any_tree)
def test_every_path_that_is_accepted_ends_where_staff_chose(tree: Tree):
    if find_problems(tree):
        return

    for steps, end in tree.list_paths():
        last = steps[-1].choice
        assert end.kind == last.leads_to
        assert bool(end.article) == bool(last.article) or end.kind == LeadsTo.EMERGENCY
        asked = [step.question.slug for step in steps]
        assert len(set(asked)) == len(asked) <= MOST_QUESTIONS


@given(likely_trees)
def test_what_would_end_elsewhere_is_never_accepted(tree: Tree):
    gives_way = [steps for steps, end in tree.list_paths() if end.kind != steps[-1].choice.leads_to]

    assert not gives_way or find_problems(tree)


@given(
    any_tree,
    st.lists(st.sampled_from(["none", "flag-1", "1", "2", "phone", "to-b", "?"])),
)
def test_any_answers_are_followed_or_refused(tree: Tree, answers: list[str]):
    try:
        steps, here = tree.follow(answers)
    except UnknownAnswer:
        return

    assert [step.choice.slug for step in steps] == answers
    assert isinstance(here, Question | End)


@given(trees)
def test_red_flags_stand_before_every_tree(tree: Tree):
    steps, here = tree.follow([])

    assert steps == []
    assert [str(flag) for flag in RED_FLAGS] == [choice.words for choice in here.choices[:-1]]
    assert {choice.leads_to for choice in here.choices[:-1]} == {LeadsTo.EMERGENCY}


# --- What is refused, in words ---------------------------------------------------


def test_a_tree_of_four_questions_is_accepted():
    tree = make_tree(ask("a", go_to("b"), *ENDS), ask("b", go_to("c"), *ENDS), ask("c", *ENDS))

    assert find_problems(tree) == []


@pytest.mark.parametrize(
    ("questions", "problem"),
    [
        ([], "There is no question yet"),
        ([ask("a", choice("x"))], "needs at least two answers"),
        ([ask("a")], "needs at least two answers"),
        ([ask("a", go_to("a"), *ENDS)], "comes back on its own path"),
        ([ask("a", go_to("b"), *ENDS), ask("b", go_to("a"), *ENDS)], "comes back on its own path"),
        ([ask("a", *ENDS), ask("b", go_to("c"), *ENDS), ask("c", go_to("b"), *ENDS)], "comes back"),
        (
            [
                ask("a", go_to("b"), *ENDS),
                ask("b", go_to("c"), *ENDS),
                ask("c", go_to("d"), *ENDS),
                ask("d", *ENDS),
            ],
            "more than 4 questions",
        ),
        ([ask("a", go_to("z"), *ENDS)], "choose the question that comes next"),
        ([ask("a", choice("r", LeadsTo.ARTICLE), *ENDS)], "choose the article"),
        ([ask("a", choice("r", LeadsTo.ARTICLE, article="gone"), *ENDS)], "“gone” is not published"),
        ([ask("a", choice("v", LeadsTo.VISIT), *ENDS)], "choose the visit"),
        ([ask("a", choice("v", LeadsTo.VISIT, visit_type=CLOSED), *ENDS)], "cannot be booked online"),
        ([ask("red-flags", *ENDS)], "red flags have this short name"),
    ],
)
def test_problem_is_told_in_a_sentence(questions: list[Question], problem: str):
    found = find_problems(make_tree(*questions))

    assert [sentence for sentence in found if problem in sentence]


def test_question_that_nothing_leads_to_is_named():
    unasked = ask("b", *ENDS)

    assert find_unasked(make_tree(ask("a", *ENDS), unasked)) == [unasked]
