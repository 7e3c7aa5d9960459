import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command

from booking.models import VisitType
from education.models import Article
from education.sources import Outcome, Source, SourceError, read_sources, sync
from education.tests.conftest import BODY

SOURCE = Source(
    language="en",
    slug="cramps",
    title="Cramps",
    summary="A line.",
    visit_type="new-patient",
    position=10,
    body=BODY.strip(),
)
NAMES = [f"{source.language}/{source.slug}" for source in read_sources()]
NEWER = replace(SOURCE, title="Leg cramps")


def outcomes(*sources: Source, overwrite: tuple[str, ...] = ()) -> list[Outcome]:
    return [outcome for _, outcome in sync(sources, overwrite=overwrite)]


def test_sync_adds_a_published_article(visit_type: VisitType):
    assert outcomes(SOURCE) == [Outcome.ADDED]

    article = Article.objects.get()
    assert (article.slug, article.title, article.summary) == ("cramps", "Cramps", "A line.")
    assert (article.body, article.position, article.visit_type) == (SOURCE.body, 10, visit_type)
    assert article.status == "published"
    assert not article.is_edited_here


def test_sync_twice_changes_nothing(visit_type: VisitType):
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=UTC), tick=False):
        outcomes(SOURCE)
    before = Article.objects.values().get()

    assert outcomes(SOURCE) == [Outcome.UNCHANGED]
    assert Article.objects.values().get() == before


def test_sync_updates_an_article_nobody_edited(visit_type: VisitType):
    outcomes(SOURCE)

    assert outcomes(NEWER) == [Outcome.UPDATED]
    assert Article.objects.get().title == "Leg cramps"


def test_sync_keeps_what_staff_edited(visit_type: VisitType):
    outcomes(SOURCE)
    Article.objects.update(summary="Staff wrote this.")

    assert outcomes(NEWER) == [Outcome.KEPT]
    article = Article.objects.get()
    assert (article.title, article.summary) == ("Cramps", "Staff wrote this.")
    assert article.is_edited_here


def test_sync_overwrites_an_edit_only_where_named(visit_type: VisitType):
    other = replace(SOURCE, slug="other", title="Other")
    outcomes(SOURCE, other)
    Article.objects.update(summary="Staff wrote this.")

    assert outcomes(NEWER, other, overwrite=("cramps",)) == [Outcome.OVERWRITTEN, Outcome.KEPT]
    assert list(Article.objects.order_by("slug").values_list("summary", flat=True)) == [
        "A line.",
        "Staff wrote this.",
    ]


def test_sync_keeps_an_article_that_staff_wrote_under_the_same_name(make_article: Callable[..., Article]):
    make_article(slug="cramps", title="Ours")

    assert outcomes(SOURCE) == [Outcome.KEPT]
    assert Article.objects.get().title == "Ours"


def test_sync_follows_the_file_again_once_the_texts_agree(visit_type: VisitType):
    outcomes(SOURCE)
    Article.objects.update(title="Leg cramps")

    assert outcomes(NEWER) == [Outcome.UNCHANGED]
    assert outcomes(replace(NEWER, title="Foot cramps")) == [Outcome.UPDATED]


def test_sync_keeps_review_and_unpublished_state(visit_type: VisitType):
    outcomes(SOURCE)
    review = {"reviewer_name": "Dr. Pat Example", "reviewed_on": "2026-11-02", "review_due": "2028-11-02"}
    Article.objects.update(status="draft", **review)

    assert outcomes(NEWER) == [Outcome.UPDATED]
    assert Article.objects.filter(status="draft", **review).count() == 1


def test_sync_deletes_nothing(visit_type: VisitType):
    outcomes(SOURCE)

    assert outcomes() == []
    assert Article.objects.count() == 1


def test_sync_links_the_visit_type_once_it_exists(db: None):
    outcomes(SOURCE)
    assert Article.objects.get().visit_type is None
    visit_type = VisitType.objects.create(slug="new-patient", name="New patient visit", duration=40)

    assert outcomes(SOURCE) == [Outcome.UPDATED]
    assert Article.objects.get().visit_type == visit_type


def test_sync_of_a_bad_text_changes_nothing(visit_type: VisitType):
    bad = replace(SOURCE, slug="bad", body="# Title again")

    with pytest.raises(SourceError, match=r"bad\.md: Headings start with ##"):
        sync([SOURCE, bad])

    assert not Article.objects.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("No front matter.", "begin with a line"),
        ("+++\ntitle = 1\n", "begin with a line"),
        ("+++\ntitle = \n+++\n", "is not TOML"),
        ('+++\ntitle = "A"\n+++\n', "holds exactly"),
        ('+++\ntitle = "A"\nsummary = "B"\nvisit_type = "c"\nposition = "1"\n+++\n', "holds exactly"),
    ],
)
def test_unreadable_file_is_named_with_the_reason(tmp_path: Path, text: str, words: str):
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "broken.md").write_text(text)

    with pytest.raises(SourceError, match=f"en/broken.md: .*{words}"):
        read_sources(tmp_path)


def test_command_says_what_it_did_to_each_article(db: None):
    first, second = StringIO(), StringIO()

    call_command("sync_articles", stdout=first)
    Article.objects.filter(slug="muscle-spasms", language="en").update(title="Ours")
    call_command("sync_articles", stdout=second)

    added, topics = first.getvalue().splitlines()[: len(NAMES)], first.getvalue().splitlines()[len(NAMES)]
    assert added == [f"{name}: added" for name in NAMES]
    assert re.fullmatch(r"topics\.toml: \d+ topics and \d+ synonyms added", topics)
    assert second.getvalue().splitlines()[0] == "en/muscle-spasms: kept as edited here"
    assert second.getvalue().splitlines()[1 : len(NAMES)] == [f"{name}: unchanged" for name in NAMES[1:]]
    assert "--overwrite" in second.getvalue().splitlines()[-1]


def test_command_names_each_visit_type_that_is_not_there(visit_type: VisitType):
    output = StringIO()

    call_command("sync_articles", stdout=output)

    missing = re.findall(r'No visit type has the address name "(.*?)"', output.getvalue())
    assert missing == ["emg", "not-sure"]


def test_command_overwrites_a_named_article(db: None):
    call_command("sync_articles", stdout=StringIO())
    Article.objects.update(title="Ours")
    output = StringIO()

    call_command("sync_articles", "--overwrite", "muscle-spasms", stdout=output)

    taken = Article.objects.exclude(title="Ours").order_by("language").values_list("language", "slug")
    assert list(taken) == [("en", "muscle-spasms"), ("es", "muscle-spasms")]
    assert "en/muscle-spasms: overwritten" in output.getvalue()
    assert "es/muscle-spasms: overwritten" in output.getvalue()


def test_command_refuses_an_unknown_name(db: None):
    with pytest.raises(CommandError, match="no article file for: nonsense"):
        call_command("sync_articles", "--overwrite", "nonsense")

    assert not Article.objects.exists()
