"""Every word that patients meet is short and plain: pages, mails, forms, refusals, the demo's own texts.

The words are found by code: what templates say, and what Python says through gettext. A label is no
sentence and does not lower the grade of the sentences beside it.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from django.utils.html import strip_tags
from django.utils.translation.template import templatize

from clinic.run import ROOT
from education.reading import Sentence, find_grade, read_sentences

MOST_WORDS = 20
HIGHEST_GRADE = 6.0
# One hard sentence among thirty easy ones. Of a few words, a single long one says too little.
HIGHEST_GRADE_OF_A_SENTENCE = 10.0
WORDS_THAT_TELL = 8

TEMPLATES = ROOT / "templates"
STAFF_TEMPLATES = ("account/", "admin/", "allauth/", "desk/", "emails/staff/", "mfa/", "outbox/", "staff/")
APPS = ("booking", "clinic", "education")
# Who maintains rows and articles reads these; so do those who set the product up.
STAFF_MODULES = re.compile(
    r"/(?:tests|migrations|management|desk|admin|admin\.py|apps\.py|constraints\.py|checks\.py)(?:/|$)"
    r"|education/(?:models|render)\.py|education/path/(?:rows|problems)\.py|clinic/(?:run|settings)\.py"
)
# Staff's words too, but for the choices in them: patients choose among those and see them again.
MODELS = "booking/models/"

LITERAL = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
INCLUDE = re.compile(r"""{%\s*include\s+["']([^"']+)["']""")
NOT_SPOKEN = re.compile(
    r"{% *comment.*?endcomment *%}|{% *blocktranslate.*?endblocktranslate *%}|<style>.*?</style>"
    r"|{%.*?%}|{{.*?}}|{#.*?#}|&\w+;",
    re.DOTALL,
)
SENTENCE_END = re.compile(r"[.!?]”?$")
GETTEXTS = {"gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "npgettext", "pgettext", "pgettext_lazy"}


def clean(said: str) -> str:
    """The words as read: without markup, with a plain word for each thing that is filled in."""
    return " ".join(PLACEHOLDER.sub("ten", strip_tags(said).replace("%%", "%")).split())


def read_template(name: str) -> list[str]:
    """What a template says through gettext, in order, with what it includes."""
    source = (TEMPLATES / name).read_text()
    said = [ast.literal_eval(literal) for literal in LITERAL.findall(templatize(source))]
    for included in INCLUDE.findall(source):
        if (TEMPLATES / included).exists():  # crispy's parts include each other, and not all are ours
            said += read_template(included)
    return said


def read_module(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text())
    names = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in GETTEXTS
    }
    roots: Sequence[ast.AST] = [tree]
    if path.relative_to(ROOT).as_posix().startswith(MODELS):
        roots = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and is_choices(node)]
    for node in (node for root in roots for node in ast.walk(root)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            # The first argument of pgettext tells translators where it stands.
            spoken = node.args[1:] if "pgettext" in names[node.func.id] else node.args
            yield from (
                value.value
                for value in spoken
                if isinstance(value, ast.Constant) and isinstance(value.value, str)
            )


def is_choices(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Attribute) and base.attr.endswith("Choices") for base in node.bases)


FOR_PROGRAMS = "robots.txt"


def list_templates(*, with_parts: bool = False) -> list[str]:
    """The pages and mails; a part that another template includes is read with that, unless asked for."""
    names = [path.relative_to(TEMPLATES).as_posix() for path in sorted(TEMPLATES.rglob("*.*"))]
    included = {part for name in names for part in INCLUDE.findall((TEMPLATES / name).read_text())}
    return [
        name
        for name in names
        if not name.startswith((*STAFF_TEMPLATES, FOR_PROGRAMS)) and (with_parts or name not in included)
    ]


def list_modules() -> list[str]:
    paths = (path.relative_to(ROOT).as_posix() for app in APPS for path in sorted((ROOT / app).rglob("*.py")))
    return [path for path in paths if not STAFF_MODULES.search(path) and list(read_module(ROOT / path))]


def read_demo(path: Path) -> Iterator[str]:
    """The texts that a new practice starts with: every phrase but the docstrings."""
    tree = ast.parse(path.read_text())
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            yield from (line for line in node.value.splitlines() if " " in line)


def list_demo() -> list[str]:
    paths = (path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "booking/demo").glob("*.py")))
    # The people of the demo, and what they typed; and what is in Spanish.
    left_out = ("people.py", "visits.py", "wishes.py", "spanish.py")
    return [path for path in paths if not path.endswith(left_out)]


PARTS: dict[str, list[str]] = {
    **{f"templates/{name}": read_template(name) for name in list_templates()},
    **{name: list(read_module(ROOT / name)) for name in list_modules()},
    **{path: list(read_demo(ROOT / path)) for path in list_demo()},
}


def split(said: Sequence[str]) -> list[Sentence]:
    return [sentence for text in said for sentence in read_sentences(clean(text))]


def full_sentences(said: Sequence[str]) -> list[Sentence]:
    return [sentence for sentence in split(said) if SENTENCE_END.search(sentence.text)]


def show_hardest(sentences: Sequence[Sentence]) -> str:
    hardest = sorted(sentences, key=lambda sentence: find_grade([sentence]), reverse=True)[:4]
    return "\n".join(f"grade {find_grade([sentence]):.1f}: {sentence.text}" for sentence in hardest)


@pytest.mark.parametrize("part", PARTS)
def test_sentences_are_short(part: str) -> None:
    assert [sentence.text for sentence in split(PARTS[part]) if len(sentence.words) > MOST_WORDS] == []


@pytest.mark.parametrize("part", PARTS)
def test_no_sentence_is_hard(part: str) -> None:
    sentences = [sentence for sentence in split(PARTS[part]) if len(sentence.words) >= WORDS_THAT_TELL]

    assert [
        sentence.text for sentence in sentences if find_grade([sentence]) > HIGHEST_GRADE_OF_A_SENTENCE
    ] == []


@pytest.mark.parametrize("part", [part for part, said in PARTS.items() if full_sentences(said)])
def test_part_is_readable_after_sixth_grade(part: str) -> None:
    sentences = full_sentences(PARTS[part])

    assert find_grade(sentences) <= HIGHEST_GRADE, show_hardest(sentences)


@pytest.mark.parametrize("name", list_templates(with_parts=True))
def test_all_words_of_a_template_go_through_gettext(name: str) -> None:
    source = (TEMPLATES / name).read_text()

    assert re.findall(r"[A-Za-z]{2,}", strip_tags(NOT_SPOKEN.sub("", source))) == []
    assert re.findall(r'(?:aria-label|alt|placeholder|title)="[^"{]*[A-Za-z]{2}', source) == []


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("templates/429.html", "Please wait ten minutes and try again."),  # a plural, with a number
        ("templates/booking/find.html", "Find my appointment"),
        ("booking/refusals.py", "Online, you can book up to ten days ahead."),
        ("booking/models/practice.py", "By video"),
        ("booking/demo/practice.py", "Wear loose clothes."),
    ],
)
def test_words_are_found_where_they_stand(part: str, words: str) -> None:
    assert words in [sentence.text for sentence in split(PARTS[part])]


def test_words_of_staff_are_left_out() -> None:
    assert "Minutes." not in [sentence.text for sentence in split(PARTS["booking/models/practice.py"])]
    assert not [part for part in PARTS if "admin" in part]


def test_a_label_does_not_make_sentences_beside_it_easier() -> None:
    hard = "Please indicate your insurance provider's authorization preferences immediately."

    assert find_grade(full_sentences([hard, "Book", "Call", "Go on"])) == find_grade(full_sentences([hard]))
    assert find_grade(full_sentences([hard])) > HIGHEST_GRADE_OF_A_SENTENCE
