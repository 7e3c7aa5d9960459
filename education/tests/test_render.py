import re

import pytest
from django.conf import settings
from django.template.loader import get_template, render_to_string

from education.render import DO_NOT, FIGURES, find_problems, render


def all_html(body: str) -> str:
    return "".join(block.html for block in render(body).blocks)


def test_render_splits_text_and_blocks():
    document = render("Before.\n\n::: call-911\n- now\n:::\n\nAfter.")

    assert [(block.kind, block.html) for block in document.blocks] == [
        ("text", "<p>Before.</p>\n"),
        ("call-911", "<ul>\n<li>now</li>\n</ul>\n"),
        ("text", "<p>After.</p>\n"),
    ]


def test_render_turns_the_same_text_once():
    text = "## Rest\n\n- sit down"

    assert render(text) is render(text)
    assert render(text) != render(text + "!")


def test_render_takes_the_entries_of_a_do_list():
    (block,) = render("::: do\n- rest\n- drink **water**\n:::").blocks

    assert block.items == ("rest", "drink <strong>water</strong>")


def test_render_keeps_all_words_of_a_do_block_that_is_not_one_list():
    (block,) = render("::: do\nFirst:\n\n- rest\n:::").blocks

    assert block.items == ()
    assert block.html == "<p>First:</p>\n<ul>\n<li>rest</li>\n</ul>\n"


def test_render_keeps_nested_lists_inside_their_entry():
    (block,) = render("::: do\n- rest\n  - sit\n- drink\n:::").blocks

    assert len(block.items) == 2
    assert "<li>sit</li>" in block.items[0]


def test_render_reads_windows_line_ends():
    assert render("## One\r\n\r\n::: do\r\n- rest\r\n:::\r\n") == render("## One\n\n::: do\n- rest\n:::\n")


def test_contents_lists_second_level_headings_once_each():
    document = render("## Main *thing*\n\n### Part\n\n## Main thing")

    assert [(heading.anchor, heading.text) for heading in document.contents] == [
        ("section-main-thing", "Main thing"),
        ("section-main-thing-2", "Main thing"),
    ]
    assert '<h2 id="section-main-thing">Main <em>thing</em></h2>' in document.blocks[0].html


def test_blocks_have_anchors_of_their_own():
    document = render("::: do\n- a\n:::\n\n::: do\n- b\n:::")

    assert [block.anchor for block in document.blocks] == ["block-1", "block-2"]


@pytest.mark.parametrize(
    "payload",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        "<style>body{display:none}</style>",
        "<iframe src=//example.org></iframe>",
        "<!-- <script>alert(1)</script> -->",
    ],
)
def test_render_shows_html_as_text(payload: str):
    assert all_html(f"Text {payload}\n\n{payload}\n\n- {payload}").count("&lt;") >= 3


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "http://example.org",
    ],
)
def test_render_drops_dangerous_and_unsafe_addresses(target: str):
    assert "<a href=" not in all_html(f"[text]({target})")


@pytest.mark.parametrize(
    "target", ["https://example.org/", "/learn/relief-at-home/", "tel:911", "mailto:a@example.org"]
)
def test_render_keeps_plain_addresses(target: str):
    assert f'<a href="{target}" rel="noopener noreferrer">text</a>' in all_html(f"[text]({target})")


def test_render_shows_no_picture_of_another_host():
    assert "<img" not in all_html("![text](https://example.org/a.png)")


def test_problems_of_a_good_text():
    assert (
        find_problems("## One\n\n### Two\n\n::: do-not\n- do not run\n- Do not jump\n:::", language="en")
        == []
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("::: call-112\n- now\n:::", "is not understood"),
        ("::: call-911\n- now\n\n## Next section", "stands inside"),
        ("::: do\n- rest\n\n::: call-911\n- now\n:::", "stands inside"),
        ("# Title", "start with ##"),
        ("### Too deep", "start with ##"),
        ("## One\n\n#### Too deep", "start with ##"),
        ("::: do\nrest\n:::", "one list and nothing else"),
        ("::: do\n- rest\n\nMore.\n:::", "one list and nothing else"),
        ("::: do-not\n- do not run\n- jump\n:::", "starts with “do not”"),
        ("::: do-not\n- do nothing\n:::", "starts with “do not”"),
        ("::: figure nothing\nWords.\n:::", "The drawings are: cramp-and-twitch, nerve-signal"),
        ("::: figure\nWords.\n:::", "no drawing of this name"),
        ("::: figure ../article\nWords.\n:::", "no drawing of this name"),
        ("::: figure calf-stretch\n:::", "needs words under it"),
        ("::: do\n- rest\n\n::: figure calf-stretch\nWords.\n:::", "stands inside"),
    ],
)
def test_problems_are_told_in_a_sentence(body: str, words: str):
    problems = find_problems(body, language="en")

    assert any(words in problem for problem in problems)


def test_do_not_lines_are_judged_in_the_language_of_the_text():
    spanish = "::: do-not\n- no corra\n- No salte\n:::"

    assert find_problems(spanish, language="es") == []
    assert find_problems(spanish.replace("no corra", "normal"), language="es") == [
        "Each line of a do-not block starts with “no”."
    ]
    assert find_problems(spanish, language="en") == ["Each line of a do-not block starts with “do not”."]


def test_every_language_of_the_site_has_words_for_do_not():
    assert {code for code, _ in settings.LANGUAGES} <= set(DO_NOT)


def test_text_in_a_language_without_such_words_is_not_judged_by_them():
    assert find_problems("::: do-not\n- ne courez pas\n:::", language="fr") == []


def test_figure_has_its_name_and_its_words():
    before, figure, after = render("Before.\n\n:::figure   calf-stretch \nLean in.\n:::\n\nAfter.").blocks

    assert (figure.kind, figure.figure, figure.html) == ("figure", "calf-stretch", "<p>Lean in.</p>\n")
    assert (before.figure, after.figure) == ("", "")


@pytest.mark.parametrize(
    "name", ["unknown", "../article", "_block", "", "calf-stretch.html", "calf-stretch x"]
)
def test_figure_of_no_drawing_keeps_its_words(name: str):
    (block,) = render(f"::: figure {name}\nLean **in**.\n:::").blocks

    assert block.figure == ""
    html = render_to_string("education/_block.html", {"block": block})
    assert "<p>Lean <strong>in</strong>.</p>" in html
    assert "<svg" not in html


@pytest.mark.parametrize("name", FIGURES)
def test_drawing_says_what_it_shows(name: str):
    (block,) = render(f"::: figure {name}\nWords.\n:::").blocks

    html = render_to_string("education/_block.html", {"block": block})

    svg = re.search(r"<svg[^>]*>", html)
    assert svg
    assert 'role="img"' in svg[0]
    for attribute, tag in [("aria-labelledby", "title"), ("aria-describedby", "desc")]:
        anchor = re.search(rf'{attribute}="([^"]+)"', svg[0])
        assert anchor
        assert re.search(rf'<{tag} id="{anchor[1]}">[^<]{{10,}}</{tag}>', html)


@pytest.mark.parametrize("name", FIGURES)
def test_drawing_can_be_translated_and_has_nothing_inline(name: str):
    source = get_template(f"education/figures/{name}.html").template.source

    outside = re.sub(r"{%.*?%}|{#.*?#}|{{.*?}}|<[^>]*>", " ", source)
    assert not re.search(r"[a-z]", outside, re.IGNORECASE)
    assert not re.search(r"""\s(?:style|fill|stroke|on\w+|href)=""", source)


def test_same_drawing_twice_has_names_of_its_own():
    document = render("::: figure calf-stretch\nOne.\n:::\n\n::: figure calf-stretch\nTwo.\n:::")

    html = "".join(render_to_string("education/_block.html", {"block": block}) for block in document.blocks)

    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids)) == 4
