"""The words of an article, as its readers meet them."""

import html
import re
from collections.abc import Sequence

from clinic.tests.reading import Sentence, read_sentences
from education.render import render

# The end of a paragraph, list entry or heading.
ELEMENT_END = re.compile(r"</(?:p|li|h2|h3|h4)>")
# A Spanish syllable has one core: a strong vowel with the weak ones beside it, a weak one with an
# accent, or weak ones alone.
SPANISH_SYLLABLE = re.compile(r"[iuü]?[aeoáéó][iuüy]?(?![aeoáéóíú])|[iuü]?[aeoáéó]|[íú]|[iuüy]+")


def plain_text(safe_html: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", safe_html)).split())


def article_text(body: str) -> str:
    """All words of an article on one line, without marks of Markdown."""
    inline_tags = re.compile(r"</?(?:a|em|strong)[^>]*>")
    return " ".join(plain_text(inline_tags.sub("", block.html)) for block in render(body).blocks)


def split_sentences(body: str, *, only_paragraphs: bool = False) -> list[Sentence]:
    """The sentences of an article; headings and list entries count as sentences of their own."""
    sentences: list[Sentence] = []
    for block in render(body).blocks:
        markup = "".join(re.findall(r"<p>.*?</p>", block.html, re.DOTALL)) if only_paragraphs else block.html
        for element in ELEMENT_END.split(markup):
            sentences += read_sentences(plain_text(element))
    return sentences


def find_spanish_ease(sentences: Sequence[Sentence]) -> float:
    """How easy Spanish is to read after Szigriszt, 0 to 100: above 65 is "fairly easy" (INFLESZ scale)."""
    words = [word.lower() for sentence in sentences for word in sentence.words]
    syllables = sum(max(1, len(SPANISH_SYLLABLE.findall(word))) for word in words)
    return 206.835 - 62.3 * syllables / len(words) - len(words) / len(sentences)
