"""The article files: their order, their words, and where they lead."""

import re
from collections.abc import Callable

import pytest

from education.reading import find_grade, find_spanish_ease, split_sentences
from education.render import CARDS, FIGURE, FIGURES, LISTS, Block, find_problems, render
from education.sources import Source, read_sources
from education.tests.reading import article_text

SOURCES = read_sources()
ENGLISH = {source.slug: source for source in SOURCES if source.language == "en"}
SPANISH = {source.slug: source for source in SOURCES if source.language == "es"}
VISIT_TYPES = {"new-patient", "follow-up", "emg", "botox", "telehealth-follow-up", "not-sure"}
MOST_WORDS = {"en": 20, "es": 25}
HIGHEST_GRADE = 6.0
LOWEST_SPANISH_EASE = 65.0
# Words that make a person a case, or that frighten.
UNKIND = {
    "en": re.compile(
        r"\b(suffer\w*|victims?|diabetics?|cripple\w*|the disabled|afflicted|abnormal|incurable|fatal)\b"
    ),
    "es": re.compile(
        r"\b(sufr\w*|víctimas?|diabétic\w+|inválid\w+|minusválid\w+|padec\w*|anormal\w*|incurable|mortal)\b"
    ),
}
LAST_SECTIONS = {
    "en": ["What you can do", "When to get help", "What happens at a visit", "Sources"],
    "es": ["Qué puede hacer", "Cuándo buscar ayuda", "Qué pasa en la cita", "Fuentes"],
}
LEARN = {"en": "/learn/", "es": "/es/learn/"}
# The pages outside that an article may name. Each was looked up before it went in here.
OUTSIDE = {
    "https://medlineplus.gov/backpain.html",
    "https://medlineplus.gov/dehydration.html",
    "https://medlineplus.gov/lab-tests/electromyography-emg-and-nerve-conduction-studies/",
    "https://medlineplus.gov/musclecramps.html",
    "https://medlineplus.gov/peripheralarterialdisease.html",
    "https://medlineplus.gov/spanish/",
    "https://medlineplus.gov/spanish/backpain.html",
    "https://medlineplus.gov/spanish/dehydration.html",
}


def name_of(source: Source) -> str:
    return f"{source.language}/{source.slug}"


each_source = pytest.mark.parametrize("source", SOURCES, ids=name_of)
each_english = pytest.mark.parametrize("source", ENGLISH.values(), ids=name_of)
each_spanish = pytest.mark.parametrize("source", SPANISH.values(), ids=name_of)


def read_links(source: Source) -> list[str]:
    return re.findall(r"\]\(([^)]*)\)", source.body)


def read_inner_links(source: Source) -> list[str]:
    """The slugs of the articles that this one leads to."""
    prefix = LEARN[source.language]
    return [link[len(prefix) : -1] for link in read_links(source) if link.startswith(prefix)]


@each_source
def test_article_has_no_problems(source: Source):
    assert find_problems(source.body, language=source.language) == []


@each_source
def test_article_keeps_the_order_of_blocks(source: Source):
    kinds = [block.kind for block in render(source.body).blocks if block.kind not in ("text", FIGURE)]

    assert kinds == [*LISTS, *CARDS]


@each_source
def test_article_keeps_the_order_of_sections(source: Source):
    headings = [heading.text for heading in render(source.body).contents]

    assert len(headings) >= 6
    assert headings[-4:] == LAST_SECTIONS[source.language]


@each_source
def test_article_sentences_are_short(source: Source):
    sentences = split_sentences(source.body) + split_sentences(source.summary)

    most = MOST_WORDS[source.language]
    assert [sentence.text for sentence in sentences if len(sentence.words) > most] == []


@each_english
@pytest.mark.parametrize("only_paragraphs", [False, True], ids=["all", "paragraphs"])
def test_article_is_readable_after_sixth_grade(source: Source, only_paragraphs: bool):
    grade = find_grade(split_sentences(source.body, only_paragraphs=only_paragraphs))

    assert grade <= HIGHEST_GRADE


@each_spanish
@pytest.mark.parametrize("only_paragraphs", [False, True], ids=["all", "paragraphs"])
def test_spanish_article_is_easy_to_read(source: Source, only_paragraphs: bool):
    ease = find_spanish_ease(split_sentences(source.body, only_paragraphs=only_paragraphs))

    assert ease >= LOWEST_SPANISH_EASE


@each_source
def test_article_words_are_kind(source: Source):
    assert UNKIND[source.language].findall(article_text(source.body).lower()) == []


@each_source
def test_article_leads_to_a_visit_type(source: Source):
    assert source.visit_type in VISIT_TYPES


@each_source
def test_article_links_lead_to_articles_or_known_pages(source: Source):
    others = {f"{LEARN[source.language]}{slug}/" for slug in ENGLISH if slug != source.slug}

    assert set(read_links(source)) <= others | OUTSIDE


@each_source
def test_article_says_where_its_words_come_from(source: Source):
    sources_section = source.body.rpartition("\n## ")[2]

    assert {"en": "our own notes", "es": "nuestras propias notas"}[source.language] in sources_section
    assert any(link in sources_section for link in OUTSIDE)


def test_every_article_is_linked_from_another_and_leads_on():
    linked = {slug for source in ENGLISH.values() for slug in read_inner_links(source)}

    assert linked == set(ENGLISH)
    assert [slug for slug, source in ENGLISH.items() if not read_inner_links(source)] == []


@pytest.mark.parametrize("sources", [ENGLISH, SPANISH], ids=["en", "es"])
def test_articles_have_titles_and_positions_of_their_own(sources: dict[str, Source]):
    count = len(sources)

    assert count >= 10
    assert len({source.title for source in sources.values()}) == count
    assert len({source.position for source in sources.values()}) == count


@pytest.mark.parametrize("sources", [ENGLISH, SPANISH], ids=["en", "es"])
def test_every_drawing_explains_something(sources: dict[str, Source]):
    shown = {block.figure for source in sources.values() for block in render(source.body).blocks}

    assert shown - {""} == set(FIGURES)


def test_every_article_is_there_in_both_languages():
    assert set(SPANISH) == set(ENGLISH)


def count_entries(block: Block) -> int:
    return block.html.count("<li>")


@pytest.mark.parametrize(
    "read",
    [
        lambda source: (source.visit_type, source.position),
        lambda source: len(render(source.body).contents),
        lambda source: [(block.kind, block.figure) for block in render(source.body).blocks],
        lambda source: [count_entries(block) for block in render(source.body).blocks],
        lambda source: [block.html.count("<p>") for block in render(source.body).blocks],
        lambda source: re.findall(r"^#+", source.body, re.MULTILINE),
        lambda source: sorted(read_inner_links(source)),
        lambda source: len(read_links(source)),
    ],
    ids=["place", "sections", "blocks", "entries", "paragraphs", "headings", "links", "links outside"],
)
@each_spanish
def test_spanish_article_is_built_as_the_english_one(source: Source, read: Callable[[Source], object]):
    assert read(source) == read(ENGLISH[source.slug])


def test_grade_of_known_texts():
    easy = find_grade(split_sentences("The cat sat on the mat. It was warm."))
    hard = find_grade(
        split_sentences(
            "Electromyographic examination facilitates differentiation of neuromuscular abnormalities."
        )
    )

    assert easy < 1
    assert hard > 12


def test_spanish_ease_of_known_texts():
    easy = find_spanish_ease(split_sentences("El sol sale. La niña come pan."))
    hard = find_spanish_ease(
        split_sentences(
            "La electromiografía posibilita diferenciar anormalidades neuromusculares periféricas."
        )
    )

    assert easy > 100
    assert hard < 30
