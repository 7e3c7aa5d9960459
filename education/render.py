"""Markdown → what an article shows: its contents list and its blocks of safe HTML.

Text that people wrote becomes HTML through one narrow allow-list. What stands around it (cards,
icons, buttons, drawings) comes from the templates in templates/education/, so nothing in a text
can pose as a part of the page. The blocks a text may hold:

    ::: call-911
    - it is hard to breathe
    :::

    ::: figure calf-stretch
    Words under the drawing.
    :::
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

LISTS = ("do", "do-not")
CARDS = ("book-a-visit", "call-today", "call-911")
FIGURE = "figure"
# The drawings, each a template education/figures/<name>.html.
FIGURES = ("cramp-and-twitch", "nerve-signal", "calf-stretch", "narrow-artery")
# How a line begins that tells a reader not to do something, by language.
DO_NOT = {"en": "do not", "es": "no"}

ALLOWED_TAGS = {"a", "blockquote", "br", "em", "h2", "h3", "h4", "li", "ol", "p", "strong", "ul"}
ALLOWED_ATTRIBUTES = {"a": {"href"}, "h2": {"id"}}
ALLOWED_URL_SCHEMES = {"https", "mailto", "tel"}

# More than there are articles in all languages; the rest is for drafts.
MOST_REMEMBERED = 100


def _make_markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False})
    for name in (*LISTS, *CARDS, FIGURE):
        container_plugin(markdown, name)
    return markdown


_markdown = _make_markdown()


@dataclass(frozen=True, slots=True)
class Heading:
    """An entry of the contents list. `anchor` is the id of its h2."""

    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the text.

    `kind` is "text", FIGURE or one of LISTS and CARDS. `anchor` is an id no other block has.
    `items` are the entries of a do or do-not list; empty where the block is not one plain list.
    `figure` is one of FIGURES where the block has that drawing; its `html` is the caption.
    """

    kind: str
    anchor: str
    html: SafeString
    items: tuple[SafeString, ...] = ()
    figure: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    contents: tuple[Heading, ...]
    blocks: tuple[Block, ...]


# The text alone decides: nothing has to be forgotten when an article is changed.
@lru_cache(maxsize=MOST_REMEMBERED)
def render(body: str) -> Document:
    """Turn Markdown into a Document. Never raises: what is not understood shows as plain text."""
    tokens = _markdown.parse(body)
    contents = tuple(_anchor_headings(tokens))
    blocks = []
    for number, (kind, name, part) in enumerate(_split(tokens), start=1):
        items = tuple(_to_html(item) for item in _list_items(part)) if kind in LISTS else ()
        figure = name if kind == FIGURE and name in FIGURES else ""
        blocks.append(
            Block(kind=kind, anchor=f"block-{number}", html=_to_html(part), items=items, figure=figure)
        )
    return Document(contents=contents, blocks=tuple(blocks))


def find_links(body: str) -> list[str]:
    """Where the links of a text lead, as written, in order, each once."""
    children = (child for token in _markdown.parse(body) for child in token.children or [])
    return list(dict.fromkeys(str(child.attrGet("href")) for child in children if child.type == "link_open"))


def find_problems(body: str, *, language: str) -> list[str]:
    """Say in sentences what in a text of `language` would not show as its author meant it."""
    tokens = _markdown.parse(body)
    problems = []
    if any(token.type == "inline" and ":::" in token.content for token in tokens):
        names = ", ".join((*LISTS, *CARDS, FIGURE))
        problems.append(_("A line with ::: is not understood. The blocks are: %(names)s.") % {"names": names})
    if any(_stands_alone(token) and token.level > 0 for token in tokens):
        problems.append(
            _("A heading or block stands inside a block or list. Close each block with a line “:::”.")
        )
    levels = [1] + [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
    if 1 in levels[1:] or any(below > above + 1 for above, below in pairwise(levels)):
        problems.append(
            _("Headings start with ## and go down one step at a time. The title is not repeated.")
        )
    for kind, name, part in _split(tokens):
        items = _list_items(part)
        if kind in LISTS and not items:
            problems.append(_("A do or do-not block holds one list and nothing else."))
        if kind == "do-not" and not all(_forbids(_text(item), language=language) for item in items):
            words = DO_NOT[language]
            problems.append(_("Each line of a do-not block starts with “%(words)s”.") % {"words": words})
        if kind == FIGURE and name not in FIGURES:
            names = ", ".join(FIGURES)
            problems.append(
                _("There is no drawing of this name. The drawings are: %(names)s.") % {"names": names}
            )
        if kind == FIGURE and not _text(part).strip():
            problems.append(_("A drawing needs words under it: write them between its two lines."))
    return problems


def _forbids(text: str, *, language: str) -> bool:
    # A language that nobody has told the words of is not judged.
    return language not in DO_NOT or text.lower().startswith(f"{DO_NOT[language]} ")


def _stands_alone(token: Token) -> bool:
    return token.type == "heading_open" or (token.type.startswith("container_") and token.nesting == 1)


def _split(tokens: Sequence[Token]) -> Iterator[tuple[str, str, Sequence[Token]]]:
    """Cut the top level into (kind, name of the drawing, tokens inside): blocks, and text between them."""
    start, name = 0, ""
    for index, token in enumerate(tokens):
        if token.level > 0 or not token.type.startswith("container_"):
            continue
        if token.nesting == 1:
            if index > start:
                yield "text", "", tokens[start:index]
            name = token.info.strip().partition(" ")[2].strip()
        else:
            yield token.type.removeprefix("container_").removesuffix("_close"), name, tokens[start:index]
        start = index + 1
    if start < len(tokens):
        yield "text", "", tokens[start:]


def _list_items(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    """The tokens inside each entry, where `tokens` are exactly one list; else nothing."""
    if not tokens or tokens[0].type != "bullet_list_open":
        return []
    level = tokens[0].level
    closing = (
        i for i, token in enumerate(tokens) if token.type == "bullet_list_close" and token.level == level
    )
    if next(closing) != len(tokens) - 1:
        return []
    items: list[Sequence[Token]] = []
    opened = 0
    for index, token in enumerate(tokens):
        if token.type == "list_item_open" and token.level == level + 1:
            opened = index + 1
        elif token.type == "list_item_close" and token.level == level + 1:
            items.append(tokens[opened:index])
    return items


def _anchor_headings(tokens: Sequence[Token]) -> Iterator[Heading]:
    """Give each h2 an id of its own, in place, and list them."""
    taken: set[str] = set()
    for index, token in enumerate(tokens):
        if token.type != "heading_open" or token.tag != "h2":
            continue
        text = _text(tokens[index + 1 : index + 2])
        # The prefix keeps a heading "Main" from taking the id of the page's own main part.
        anchor = stem = f"section-{slugify(text) or 'x'}"
        number = 1
        while anchor in taken:
            number += 1
            anchor = f"{stem}-{number}"
        taken.add(anchor)
        token.attrSet("id", anchor)
        yield Heading(anchor=anchor, text=text)


def _text(tokens: Sequence[Token]) -> str:
    return " ".join(
        "".join(child.content for child in token.children or []) for token in tokens if token.type == "inline"
    )


def _to_html(tokens: Sequence[Token]) -> SafeString:
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    return mark_safe(  # nh3 has taken out all that is not on the allow-list
        nh3.clean(
            html,
            tags=ALLOWED_TAGS,
            attributes=ALLOWED_ATTRIBUTES,
            url_schemes=ALLOWED_URL_SCHEMES,
            link_rel="noopener noreferrer",
        )
    )
