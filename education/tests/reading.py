"""The words of an article, as its readers meet them."""

import html
import re

from clinic.tests.reading import Sentence, read_sentences
from education.render import render

# The end of a paragraph, list entry or heading.
ELEMENT_END = re.compile(r"</(?:p|li|h2|h3|h4)>")


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
