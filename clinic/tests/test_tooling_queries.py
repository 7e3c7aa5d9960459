"""The guard in conftest.py against pages that ask the database once per row works."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from zeal.errors import NPlusOneError

from booking.models import Room
from booking.tests import practice
from clinic.urls import urlpatterns as clinic_urls


def list_rooms(request: HttpRequest) -> HttpResponse:
    rooms = Room.objects.all()
    if "joined" in request.GET:
        rooms = rooms.select_related("location")
    return HttpResponse(" ".join(f"{room.location.name}: {room.name}" for room in rooms))


urlpatterns = [path("rooms/", list_rooms), *clinic_urls]


@pytest.fixture
def rooms(db: None) -> None:
    location = practice.make_location(name="Midtown", slug="midtown")
    for name in ("1", "2", "3"):
        Room.objects.create(location=location, name=name)


@pytest.mark.urls(__name__)
def test_page_with_a_query_per_row_fails(rooms: None, client: Client) -> None:
    with pytest.raises(NPlusOneError):
        client.get("/rooms/")


@pytest.mark.urls(__name__)
def test_page_with_one_query_for_all_rows_passes(rooms: None, client: Client) -> None:
    assert client.get("/rooms/?joined").status_code == 200
