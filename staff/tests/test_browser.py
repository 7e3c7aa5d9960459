"""Passkeys, the question whether somebody is still there, and the looks, in a real browser."""

from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from staff import inviting
from staff.tests.conftest import PASSWORD


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, complaints: list[str]) -> Iterator[Page]:
    # Passkeys belong to a name, never to an IP address.
    site = live_server.url.replace("127.0.0.1", "localhost")
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(f"{message.type} {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()


@pytest.fixture
def authenticator(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def log_in(page: Page, path: str = "/staff/me/") -> None:
    page.goto(f"/staff/login/?next={path}")
    page.get_by_label("User name or email").fill("robin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_passkey_is_added_and_signs_in_by_itself(
    page: Page, authenticator: None, manager: User, required: None, complaints: list[str]
) -> None:
    log_in(page)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url(lambda url: "/webauthn/add/" not in url)
    page.goto("/staff/me/")
    page.get_by_text("My passkey").wait_for()
    page.get_by_role("button", name="Log out").click()
    page.goto("/staff/login/?next=/admin/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(lambda url: "/login/" not in url)

    assert page.url.endswith("/admin/")
    assert Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).count() == 1
    assert complaints == []

    # Deactivated, neither the open session nor the passkey opens anything.
    User.objects.update(is_active=False)
    page.goto("/admin/")
    page.wait_for_url("**/staff/login/**")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/staff/inactive/")


def test_question_is_asked_and_answered(page: Page, manager: User, settings, complaints: list[str]) -> None:
    settings.STAFF_IDLE_MINUTES = 15
    page.clock.install()
    log_in(page)
    page.get_by_role("heading", name="Where you are signed in").wait_for()
    # The script counts from when it runs, which is after the heading is there.
    page.wait_for_load_state("load")
    page.clock.fast_forward("13:10")
    dialog = page.get_by_role("dialog", name="Are you still there?")
    dialog.wait_for()
    said = list(complaints)  # axe itself sets styles
    faults = Axe().run(page).response["violations"]
    with page.expect_response("**/staff/stay/") as answer:
        page.get_by_role("button", name="Stay signed in").click()
    dialog.wait_for(state="hidden")

    assert answer.value.status == 204
    assert faults == []
    assert said == []


@pytest.mark.parametrize("width", [390, 1280])
def test_pages_have_no_fault(page: Page, manager: User, complaints: list[str], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    invited = inviting.issue_link(inviting.invite(email="kim@example.org"))
    faults: list[tuple[str, str, str]] = []

    def look(path: str) -> None:
        complaints.clear()
        page.goto(path)
        faults.extend(
            (path, line, "") for line in complaints if line.startswith("error") and "404" not in line
        )
        found = Axe().run(page).response["violations"]
        faults.extend((path, fault["id"], fault["nodes"][0]["html"]) for fault in found)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append((path, "wider than the screen", ""))

    look("/staff/login/")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("alert").wait_for()
    faults.extend(("login, wrong", fault["id"], "") for fault in Axe().run(page).response["violations"])
    look("/staff/password/reset/")
    look(invited[invited.index("/staff/") :])
    look("/staff/invitation/unknown/")
    log_in(page)
    page.wait_for_url("**/staff/me/")
    for path in (
        "/staff/me/",
        "/staff/second-step/",
        "/staff/confirm/",
        "/staff/password/",
        "/staff/2/webauthn/add/",
        "/staff/2/totp/activate/",
        "/staff/2/recovery-codes/",
        "/admin/staff/invitation/",
        "/admin/staff/invitation/add/",
        "/staff/logout/",
    ):
        look(path)

    assert faults == []
