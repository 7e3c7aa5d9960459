"""The content file comes in once, again without change, and never over what staff edited."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from booking.models import VisitType
from education.models import PathChoice, PathQuestion
from education.path import source
from education.path.source import is_edited, read_path_file, sync_path
from education.sources import Outcome, SourceError
from education.tests.path import make_visit_types

pytestmark = pytest.mark.django_db

FILE = """
[[questions]]
slug = "like"
en = "Like?"
es = "¿Como?"

[[questions.choices]]
slug = "a"
en = "A"
es = "La A"
question = "next"

[[questions.choices]]
slug = "b"
en = "B"
es = "La B"
leads_to = "visit"
visit_type = "new-patient"

[[questions]]
slug = "next"
en = "Next?"
es = "¿Y ahora?"

[[questions.choices]]
slug = "a"
en = "A"
es = "La A"
leads_to = "phone"
"""


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str = FILE) -> Path:
        file = tmp_path / "path.toml"
        file.write_text(text)
        return file

    return write


def sync(file: Path) -> Outcome:
    return sync_path(read_path_file(file))


def test_shipped_file_comes_in_once():
    make_visit_types()

    assert sync_path(read_path_file()) == Outcome.ADDED
    keys = set(PathChoice.objects.values_list("pk", flat=True))
    assert sync_path(read_path_file()) == Outcome.UNCHANGED
    assert set(PathChoice.objects.values_list("pk", flat=True)) == keys
    assert not is_edited()


def test_new_file_replaces_what_nobody_edited(write):
    sync(write())

    outcome = sync(write(FILE.replace("Next?", "And then?")))

    assert outcome == Outcome.UPDATED
    assert PathQuestion.objects.get(slug="next").wording == "And then?"
    assert PathChoice.objects.count() == 3


@pytest.mark.parametrize(
    "edit",
    [
        lambda: PathQuestion.objects.filter(slug="next").update(wording="Ours?"),
        lambda: PathChoice.objects.filter(slug="b").update(wording_es="Nuestra"),
        lambda: PathChoice.objects.filter(slug="b").delete(),
        lambda: PathQuestion.objects.create(slug="ours", wording="Ours?", position=99),
        lambda: PathQuestion.objects.filter(slug="next").update(position=1),
    ],
    ids=["question", "answer", "removed", "added", "order"],
)
def test_anything_that_staff_edited_keeps_all_of_it(write, edit):
    make_visit_types()
    sync(write())
    edit()
    before = list(PathChoice.objects.values())

    outcome = sync(write(FILE.replace('en = "B"', 'en = "Another"')))

    assert outcome == Outcome.KEPT
    assert is_edited()
    assert list(PathChoice.objects.values()) == before


def test_visit_type_that_is_set_up_later_comes_in_then(write):
    sync(write())
    assert PathChoice.objects.get(slug="b").visit_type is None
    make_visit_types()

    assert sync(write()) == Outcome.UPDATED
    assert PathChoice.objects.get(slug="b").visit_type == VisitType.objects.get(slug="new-patient")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("[[questions]]", "[questions"), "not TOML"),
        (('question = "next"', 'question = "nowhere"'), "nowhere"),
        (('es = "La B"\n', ""), "look at es"),
        (('slug = "b"', 'slug = "b"\ncolor = "red"'), "look at color"),
        (('leads_to = "phone"', 'leads_to = "nowhere"'), "nowhere"),
        (('leads_to = "phone"', ""), "leads_to"),
        (('slug = "b"', 'slug = "a"'), "short name"),
        (('slug = "b"', 'slug = "b c"'), "slug"),
    ],
)
def test_broken_file_brings_in_nothing_and_says_why(write, change: tuple[str, str], words: str):
    with pytest.raises(SourceError, match=words):
        sync(write(FILE.replace(*change)))

    assert not PathQuestion.objects.exists()


def test_command_tells_the_outcome(capsys: pytest.CaptureFixture[str]):
    call_command("sync_path")

    assert capsys.readouterr().out == "path.toml: added\n"


def test_command_tells_what_is_wrong_with_the_file(write, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(source.read_path_file, "__defaults__", (write("x"),))

    with pytest.raises(CommandError, match="not TOML"):
        call_command("sync_path")
