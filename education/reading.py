"""How hard a text is to read: its sentences, and what they measure on the scales of two languages."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from education.render import render

WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
# Where a reader takes a breath.
BREAK = re.compile(r"(?<=[.!?:])\s+")
# The end of a paragraph, list entry or heading.
ELEMENT_END = re.compile(r"</(?:p|li|h2|h3|h4)>")
# A final e is silent ("time"), and so are most final es and ed ("times", "tired").
SILENT_END = re.compile(r"(?<=[^aeiouyl])e$|(?<=[^aeiouyszxh])es$|(?<=[^aeioutd])ed$")
VOWELS = re.compile(r"[aeiouy]+")
# A Spanish syllable has one core: a strong vowel with the weak ones beside it, a weak one with an
# accent, or weak ones alone.
SPANISH_SYLLABLE = re.compile(r"[iuü]?[aeoáéó][iuüy]?(?![aeoáéóíú])|[iuü]?[aeoáéó]|[íú]|[iuüy]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    words: tuple[str, ...]


def read_sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of one paragraph, heading or label."""
    for part in BREAK.split(text):
        if words := tuple(WORD.findall(part)):
            yield Sentence(text=part, words=words)


def plain_text(safe_html: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", safe_html)).split())


def split_sentences(body: str, *, only_paragraphs: bool = False) -> list[Sentence]:
    """The sentences of an article; headings and list entries count as sentences of their own."""
    sentences: list[Sentence] = []
    for block in render(body).blocks:
        markup = "".join(re.findall(r"<p>.*?</p>", block.html, re.DOTALL)) if only_paragraphs else block.html
        for element in ELEMENT_END.split(markup):
            sentences += read_sentences(plain_text(element))
    return sentences


def count_syllables(word: str) -> int:
    return max(1, len(VOWELS.findall(SILENT_END.sub("", word.lower()))))


def find_grade(sentences: Sequence[Sentence]) -> float:
    """The school grade of Flesch and Kincaid: 6.0 is readable after six years of school.

    `sentences` are not empty.
    """
    words = [word for sentence in sentences for word in sentence.words]
    syllables = sum(count_syllables(word) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def find_spanish_ease(sentences: Sequence[Sentence]) -> float:
    """How easy Spanish is to read after Szigriszt, 0 to 100: above 65 is "fairly easy" (INFLESZ scale).

    `sentences` are not empty.
    """
    words = [word.lower() for sentence in sentences for word in sentence.words]
    syllables = sum(max(1, len(SPANISH_SYLLABLE.findall(word))) for word in words)
    return 206.835 - 62.3 * syllables / len(words) - len(words) / len(sentences)
