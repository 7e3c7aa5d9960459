"""How hard a text is to read: its sentences, and the Flesch-Kincaid grade."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
# Where a reader takes a breath.
BREAK = re.compile(r"(?<=[.!?:])\s+")
# A final e is silent ("time"), and so are most final es and ed ("times", "tired").
SILENT_END = re.compile(r"(?<=[^aeiouyl])e$|(?<=[^aeiouyszxh])es$|(?<=[^aeioutd])ed$")
VOWELS = re.compile(r"[aeiouy]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    words: tuple[str, ...]


def read_sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of one paragraph, heading or label."""
    for part in BREAK.split(text):
        if words := tuple(WORD.findall(part)):
            yield Sentence(text=part, words=words)


def count_syllables(word: str) -> int:
    return max(1, len(VOWELS.findall(SILENT_END.sub("", word.lower()))))


def find_grade(sentences: Sequence[Sentence]) -> float:
    """The school grade of Flesch and Kincaid: 6.0 is readable after six years of school."""
    words = [word for sentence in sentences for word in sentence.words]
    syllables = sum(count_syllables(word) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59
