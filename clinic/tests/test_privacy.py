"""What the privacy page promises, held against what the product does."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from booking.tests.views.walk import read
from booking.views.journey import ANSWERS_LAST


@pytest.mark.django_db
def test_page_names_the_practice_and_the_phone(client: Client, settings: Any) -> None:
    settings.CLINIC = {**settings.CLINIC, "name": "Elm Street Clinic", "phone": "(212) 555-0199"}

    page = read(client.get("/privacy/"))

    assert "Elm Street Clinic keeps" in page
    assert "(212) 555-0199" in page


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/book/", "/visits/find/", "/learn/", "/nowhere/"])
def test_every_page_leads_to_it(client: Client, address: str) -> None:
    assert 'href="/privacy/"' in client.get(address).content.decode()


@pytest.mark.django_db
def test_times_it_tells_are_those_that_are_kept(client: Client, settings: Any) -> None:
    page = read(client.get("/privacy/"))

    assert "forget it after 2 hours" in page
    assert timedelta(hours=2) == ANSWERS_LAST
    assert "12 hours after you last used it" in page
    assert settings.SESSION_COOKIE_AGE == 12 * 60 * 60


@pytest.mark.django_db
def test_page_sets_no_cookie_but_the_one_against_forged_forms(client: Client) -> None:
    response = client.get("/privacy/")

    assert set(response.cookies) == {"csrftoken"}


@pytest.mark.django_db
def test_page_asks_nobody_else(client: Client, settings: Any) -> None:
    page = client.get("/privacy/").content.decode()

    # The page in other languages is named by its whole address.
    elsewhere = page.replace(f'href="{settings.PUBLIC_URL}/', 'href="/')
    assert 'src="http' not in elsewhere
    assert 'href="http' not in elsewhere
