"""The form of an article in a real browser: the preview beside it, hostile text in it, colors and sizes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Dialog, Page, expect
from pytest_django.live_server_helper import LiveServer

from education.models import Article
from education.tests.test_hostile_text import HOSTILE, PAYLOADS

pytestmark = pytest.mark.django_db(transaction=True)

SIZES = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer, settings: Any) -> Iterator[Callable[..., Page]]:
    """Open an address as a superuser, at a width and in a scheme."""
    client = Client()
    client.force_login(User.objects.create_superuser("chief"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    with ExitStack() as stack:

        def open_at(
            address: str, *, width: int = 1280, scheme: str = "light", has_script: bool = True
        ) -> Page:
            context = stack.enter_context(
                browser.new_context(
                    base_url=live_server.url,
                    viewport={"width": width, "height": 900},
                    color_scheme=scheme,
                    java_script_enabled=has_script,
                )
            )
            context.set_default_timeout(15_000)
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
            )
            page = context.new_page()
            page.goto(address)
            return page

        yield open_at


def change_address(article: Article) -> str:
    return reverse("admin:education_article_change", args=[article.pk])


def find_faults(page: Page) -> list[str]:
    """What axe says, and whether the page is wider than its window."""
    faults = [
        f"{violation['id']}: {[node['html'][:120] for node in violation['nodes']][:3]}"
        for violation in Axe().run(page).response["violations"]
    ]
    wider = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return [*faults, "wider than the window"] if wider else faults


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_pages_of_an_editor_are_sound(
    open_page: Callable[..., Page], make_article: Callable[..., Article], width: int, scheme: str
):
    article = make_article(body="## Rest\n\nIt hurts.\n\n[x](/nowhere/)")
    first = article.history.get().history_id
    article.body = "## Rest\n\nIt stopped.\n\n[x](/nowhere/)"
    article.save()
    page = open_page(change_address(article), width=width, scheme=scheme)

    expect(page.frame_locator(".editor__frame").get_by_text("It stopped.")).to_be_visible()
    page.get_by_text("Blocks you can write").click()
    assert find_faults(page) == []
    for address in (
        reverse("admin:education_article_versions", args=[article.pk]),
        reverse("admin:education_article_version", args=[article.pk, first]),
    ):
        page.goto(address)
        assert find_faults(page) == []


def test_preview_follows_what_is_typed_and_keeps_the_place(
    open_page: Callable[..., Page], make_article: Callable[..., Article]
):
    article = make_article(body="\n\n".join(["## Rest", *["It hurts."] * 80]))
    page = open_page(change_address(article))
    inside = page.frame_locator(".editor__frame")
    inside.get_by_role("link", name="Rest").click()
    place = inside.locator("html").evaluate("window.scrollY")

    page.get_by_label("Title").fill("Typed just now")

    expect(inside.get_by_role("heading", level=1)).to_have_text("Typed just now")
    assert place > 0
    assert inside.locator("html").evaluate("window.scrollY") == place
    article.refresh_from_db()
    assert article.title == "Article 1"


def test_preview_opens_by_its_button_without_script(
    open_page: Callable[..., Page], make_article: Callable[..., Article]
):
    page = open_page(change_address(make_article()), has_script=False)
    page.get_by_label("Title").fill("Typed just now")

    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Preview").click()

    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Typed just now")


def test_enter_in_a_field_saves(open_page: Callable[..., Page], make_article: Callable[..., Article]):
    article = make_article()
    page = open_page(change_address(article))
    page.get_by_label("Title").fill("Saved by Enter")

    page.get_by_label("Title").press("Enter")

    expect(page.get_by_text("was changed successfully")).to_be_visible()
    article.refresh_from_db()
    assert article.title == "Saved by Enter"


def test_no_hostile_text_runs_in_the_preview_the_form_or_the_versions(
    open_page: Callable[..., Page], make_article: Callable[..., Article]
):
    article = make_article(**HOSTILE)
    old = article.history.get().history_id
    article.body = "Calm."
    article.save()
    page = open_page(reverse("admin:index"))
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)

    page.goto(reverse("admin:education_article_version", args=[article.pk, old]))
    page.goto(change_address(article))
    inside = page.frame_locator(".editor__frame")
    expect(inside.get_by_text("Calm.")).to_be_visible()
    for start in range(0, len(PAYLOADS), 30):
        page.get_by_label("Title").fill(f"Part {start}")
        page.get_by_label("Text:").fill("\n\n".join(PAYLOADS[start : start + 30]))
        expect(inside.get_by_role("heading", level=1)).to_have_text(f"Part {start}")

    assert dialogs == []
    assert inside.locator("script, img, iframe, object, embed, [onerror], [onload]").count() == 0
