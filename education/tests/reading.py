"""The words of an article, as its readers meet them."""

import re

from education.reading import plain_text
from education.render import render


def article_text(body: str) -> str:
    """All words of an article on one line, without marks of Markdown."""
    inline_tags = re.compile(r"</?(?:a|em|strong)[^>]*>")
    return " ".join(plain_text(inline_tags.sub("", block.html)) for block in render(body).blocks)
