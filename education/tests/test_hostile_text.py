"""Hostile text in an article comes out inert, wherever it shows: to patients, to reviewers, to editors."""

from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse

from education.drafts import make_draft_path
from education.models import Article
from education.render import ALLOWED_TAGS, ALLOWED_URL_SCHEMES, render

PAYLOADS = [
    "<script>alert(1)</script>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<script src=//evil.example></script>",
    "<script\n>alert(1)</script\n>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src='x' onerror='alert(1)'",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<svg></p><style><a id='</style><img src=x onerror=alert(1)>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<a href=javascript:alert(1)>x</a>",
    "</article></main><script>alert(1)</script>",
    "<!--><script>alert(1)</script-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](<\x01javascript:alert(1)>)",
    "[x](&#1;javascript:alert(1))",
    "[x](%6Aavascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](data:image/svg+xml,<svg/onload=alert(1)>)",
    "[x](data:image/png;base64,AAAA)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://evil.example/1)",
    "[x](view-source:javascript:alert(1))",
    "[x](http://evil.example/)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "[x]\n\n[x]: javascript:alert(1)",
    "[x][y]\n\n[y]: <javascript:alert(1)> 'title'",
    "![x](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    "![x\"onerror=\"alert(1)](x)",
    "[x](https://example.org '\" onmouseover=\"alert(1)')",
    "[x](https://example.org \"' onmouseover='alert(1)\")",
    "[x](https://example.org/\"onmouseover=\"alert(1))",
    "[<img src=x onerror=alert(1)>](https://example.org)",
    "[x](https://example.org \"</a><script>alert(1)</script>\")",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "```\"onload=alert(1)\nx\n```",
    "    <script>alert(1)</script>",
    "## <img src=x onerror=alert(1)>",
    "## \"onmouseover=\"alert(1)",
    "::: do\n- <script>alert(1)</script>\n:::",
    "::: call-911\n::: do\n- [x](javascript:alert(1))\n:::\n:::",
    "::: do\" onclick=\"alert(1)\n- x\n:::",
    "::: <script>alert(1)</script>\n- x\n:::",
    "> <iframe src=javascript:alert(1)>",
    "{{ settings.SECRET_KEY }}",
    "{% include 'admin/index.html' %}",
    "{{ '<script>alert(1)</script>'|safe }}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;alert(1)",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "<\u017fcript>alert(1)</\u017fcript>",
    "\u202e<script>alert(1)</script>",
    "<scr\u200bipt>alert(1)</scr\u200bipt>",
]  # fmt: skip


HOSTILE = {
    "title": '"><script>alert(1)</script>',
    "summary": "<svg onload=alert(1)>",
    "body": "\n\n".join(PAYLOADS),
}


class Tags(HTMLParser):
    """All start tags of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_inert(markup: str) -> None:
    """Only what an article may hold: tags, attributes and schemes of the allow-lists."""
    for tag, attributes in Tags(markup).found:
        assert tag in ALLOWED_TAGS
        assert attributes.keys() <= {"href", "rel", "id", "title"}
        assert urlsplit((attributes.get("href") or "").strip()).scheme in {*ALLOWED_URL_SCHEMES, ""}


def assert_nothing_strange(page: str) -> None:
    """A whole page: no event attribute, and nothing that runs or embeds but the scripts of the site.

    JSON-LD is data (education/templatetags/json_ld.py). The one frame is that of the preview, which
    may run no script.
    """
    for tag, attributes in Tags(page).found:
        assert tag not in {"object", "embed", "base", "style", "math"}
        assert not [name for name in attributes if name.startswith("on")]
        if tag == "iframe":
            assert attributes["class"] == "editor__frame"
            assert "allow-scripts" not in (attributes["sandbox"] or "allow-scripts")
        if tag == "script" and attributes != {"type": "application/ld+json"}:
            assert (attributes.get("src") or "").startswith(("/static/", "/admin/jsi18n/"))
        if attributes.get("rel") == "icon":
            continue  # the mark of the site is a data: address
        for name in ("href", "src", "action", "xlink:href"):
            value = (attributes.get(name) or "").strip()
            assert urlsplit(value).scheme in {*ALLOWED_URL_SCHEMES, "http", ""}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_rendered_text_is_inert(payload: str):
    document = render(payload)

    for block in document.blocks:
        for markup in (block.html, *block.items):
            assert_inert(markup)


def test_page_list_preview_form_and_versions_are_inert(
    editor_client: Client, make_article: Callable[..., Article]
):
    article = make_article(**HOSTILE)
    article.title, article.summary, article.body = "Calm", "Calm.", "Calm."
    article.save()
    hostile, _calm = article.history.order_by("history_id")
    addresses = [
        reverse("admin:education_article_versions", args=[article.pk]),
        reverse("admin:education_article_version", args=[article.pk, hostile.history_id]),
    ]
    for address in addresses:
        assert_nothing_strange(editor_client.get(address).content.decode())
    Article.objects.filter(pk=article.pk).update(**HOSTILE)
    addresses = [
        article.get_absolute_url(),
        reverse("learn:list"),
        reverse("admin:education_article_preview", args=[article.pk]),
        reverse("admin:education_article_change", args=[article.pk]),
        reverse("admin:education_article_changelist"),
    ]
    for address in addresses:
        response = editor_client.get(address)
        assert response.status_code == 200
        assert_nothing_strange(response.content.decode())


def test_draft_behind_its_link_is_inert(client: Client, make_article: Callable[..., Article]):
    response = client.get(make_draft_path(make_article(status="draft", **HOSTILE)))

    assert response.status_code == 200
    assert_nothing_strange(response.content.decode())


@pytest.mark.parametrize("payload", PAYLOADS)
def test_live_preview_is_inert(editor_client: Client, payload: str):
    typed = {"title": payload, "summary": payload, "body": payload}

    response = editor_client.post(reverse("admin:education_article_live_new"), typed)

    assert response.status_code == 200
    assert_nothing_strange(response.content.decode())


def test_feed_is_inert(client: Client, make_article: Callable[..., Article]):
    make_article(body="\n\n".join(PAYLOADS), title="<script>alert(1)</script>", summary="<svg onload=x>")

    feed = ElementTree.fromstring(client.get(reverse("learn:feed")).content)

    for element in feed.iter():
        assert element.tag.startswith("{http://www.w3.org/2005/Atom}")
        if element.get("type") == "html":
            for tag, attributes in Tags(element.text or "").found:
                assert tag in {*ALLOWED_TAGS, "section"}
                assert not [name for name in attributes if name.startswith("on")]
