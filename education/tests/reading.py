"""How hard a text is to read: its sentences, and the Flesch-Kincaid grade."""

import html
import re
from dataclasses import dataclass

from education.render import render

WORD = re.compile(r"[A-Za-z0-9]+(?:['’-][A-Za-z0-9]+)*")
# Where a reader takes a breath: the end of a sentence, and of a paragraph, list entry or heading.
BREAK = re.compile(r"(?<=[.!?:])\s+")
ELEMENT_END = re.compile(r"</(?:p|li|h2|h3|h4)>")
# A final e is silent ("time"), and so are most final es and ed ("times", "tired").
SILENT_END = re.compile(r"(?<=[^aeiouyl])e$|(?<=[^aeiouyszxh])es$|(?<=[^aeioutd])ed$")
VOWELS = re.compile(r"[aeiouy]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    words: tuple[str, ...]


def plain_text(safe_html: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", safe_html)).split())


def article_text(body: str) -> str:
    """All words of an article on one line, without marks of Markdown."""
    inline_tags = re.compile(r"</?(?:a|em|strong)[^>]*>")
    return " ".join(plain_text(inline_tags.sub("", block.html)) for block in render(body).blocks)


def split_sentences(body: str, *, only_paragraphs: bool = False) -> list[Sentence]:
    """The sentences of an article; headings and list entries count as sentences of their own."""
    sentences = []
    for block in render(body).blocks:
        markup = "".join(re.findall(r"<p>.*?</p>", block.html, re.DOTALL)) if only_paragraphs else block.html
        for element in ELEMENT_END.split(markup):
            for text in BREAK.split(plain_text(element)):
                if words := tuple(WORD.findall(text)):
                    sentences.append(Sentence(text=text, words=words))
    return sentences


def count_syllables(word: str) -> int:
    return max(1, len(VOWELS.findall(SILENT_END.sub("", word.lower()))))


def find_grade(sentences: list[Sentence]) -> float:
    """The school grade of Flesch and Kincaid: 6.0 is readable after six years of school."""
    words = [word for sentence in sentences for word in sentence.words]
    syllables = sum(count_syllables(word) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59
