"""Which answers leave compressed."""

import gzip

import pytest
from django.contrib.auth.models import User
from django.test import Client

from booking.tests import practice

GZIP = {"accept-encoding": "gzip, deflate, br"}


@pytest.fixture
def open_practice(db: None) -> None:
    practice.make_practitioner(
        visit_types=[practice.make_visit_type(slug="new-patient")], location=practice.make_location()
    )


@pytest.mark.parametrize("address", ["/", "/learn/", "/book/", "/book/new-patient/", "/nowhere/"])
@pytest.mark.usefixtures("open_practice")
def test_public_page_is_compressed_for_whoever_can_read_it(client: Client, address: str) -> None:
    plain = client.get(address)
    compressed = client.get(address, headers=GZIP)

    assert compressed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in compressed["Vary"]
    assert b"</html>" in gzip.decompress(compressed.content)
    assert "Content-Encoding" not in plain


@pytest.mark.parametrize("address", ["/book/details/", "/book/check/", "/visits/find/", "/visits/unknown/"])
@pytest.mark.django_db
def test_page_about_one_person_is_not_compressed(client: Client, address: str) -> None:
    response = client.get(address, headers=GZIP)

    assert len(response.content) > 200
    assert "Content-Encoding" not in response


@pytest.mark.parametrize("address", ["/staff/login/", "/staff/me/", "/admin/", "/admin/auth/user/"])
def test_admin_is_not_compressed(client: Client, admin_user: User, address: str) -> None:
    client.force_login(admin_user)

    response = client.get(address, headers=GZIP)

    assert "Content-Encoding" not in response
