"""The guard in conftest.py against pages that ask the database once per row works."""

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from zeal.errors import NPlusOneError

from clinic.urls import urlpatterns as clinic_urls


def list_models(request: HttpRequest) -> HttpResponse:
    permissions = Permission.objects.all()
    if "joined" in request.GET:
        permissions = permissions.select_related("content_type")
    return HttpResponse(" ".join(permission.content_type.model for permission in permissions))


urlpatterns = [path("models/", list_models), *clinic_urls]


@pytest.mark.urls(__name__)
def test_page_with_a_query_per_row_fails(db: None, client: Client) -> None:
    with pytest.raises(NPlusOneError):
        client.get("/models/")


@pytest.mark.urls(__name__)
def test_page_with_one_query_for_all_rows_passes(db: None, client: Client) -> None:
    assert client.get("/models/?joined").status_code == 200
