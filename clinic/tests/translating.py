"""What a template says without gettext."""

import re
from html.parser import HTMLParser

# Read aloud or shown, though it stands in a tag.
SPOKEN = {"alt", "aria-label", "placeholder", "title", "summary"}
SILENT = {"style", "script", "svg"}
WORD = re.compile(r"[^\W\d_]{2,}")

COMMENT = re.compile(r"{#.*?#}|{%\s*comment.*?%}.*?{%\s*endcomment\s*%}", re.DOTALL)
TRANSLATED = re.compile(r"{%\s*blocktrans(?:late)?\b.*?%}.*?{%\s*endblocktrans(?:late)?\s*%}", re.DOTALL)
CODE = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        self.found += [value for name, value in attrs if name in SPOKEN and value and WORD.search(value)]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent and WORD.search(data):
            self.found.append(data.strip())


def find_bare_text(source: str) -> list[str]:
    """Return the words of a template that would be the same in every language."""
    for pattern in (COMMENT, TRANSLATED, CODE):
        source = pattern.sub("", source)
    words = _Words()
    words.feed(source)
    words.close()
    return words.found
