"""Forms on pages that send no referrer."""

from typing import Any

import pytest
from django.test import Client

FORM = "/dim/"


@pytest.fixture
def strict(db: None) -> Client:
    return Client(enforce_csrf_checks=True)


def send(client: Client, *, token: str | None = None, **headers: str) -> int:
    client.get("/book/")
    token = client.cookies["csrftoken"].value if token is None else token
    answer: Any = client.post(FORM, {"dim": "1", "csrfmiddlewaretoken": token}, headers=headers)
    return answer.status_code


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "null", "sec-fetch-site": "same-origin"}, 302),
        ({"origin": "null"}, 302),
        ({"origin": "http://testserver", "sec-fetch-site": "same-origin"}, 302),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "null", "sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.example.org", "sec-fetch-site": "same-origin"}, 403),
    ],
)
def test_own_page_is_told_from_others(strict: Client, headers: dict[str, str], status: int) -> None:
    assert send(strict, **headers) == status


def test_token_is_still_asked_for(strict: Client) -> None:
    status = send(strict, token="x" * 32, **{"origin": "null", "sec-fetch-site": "same-origin"})

    assert status == 403
