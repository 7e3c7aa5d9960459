"""The description of the JSON says what is there, and what is there is as it says."""

import re
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import URLPattern, get_resolver
from jsonschema import Draft202012Validator, FormatChecker

from booking.models import Practitioner
from clinic.watching import health

pytestmark = pytest.mark.usefixtures("clock")
WITHOUT_JSON = {"api/openapi.json"}


@pytest.fixture
def described(client: Client, db: None) -> dict[str, Any]:
    response = client.get("/api/openapi.json")
    assert response["Content-Type"] == "application/json"
    return response.json()


def find_faults(described: dict[str, Any], path: str, response: Any) -> list[str]:
    answers = described["paths"][path]["get"]["responses"]
    schema = answers[str(response.status_code)]["content"]["application/json"]["schema"]
    whole = {**schema, "components": described["components"]}
    return [
        error.message
        for error in Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(response.json())
    ]


def test_every_address_with_json_is_described(described: dict[str, Any]) -> None:
    routes = [str(one.pattern) for one in get_resolver().url_patterns if isinstance(one, URLPattern)]
    ours = {route for route in routes if route.startswith(("api/", "health/"))} - WITHOUT_JSON

    assert {re.sub(r"\{\w+\}", "<slug:slug>", path) for path in described["paths"]} == {
        f"/{one}" for one in ours
    }


def test_open_times_are_as_described(
    described: dict[str, Any], client: Client, practitioner: Practitioner
) -> None:
    path = "/api/availability/{visit_type}/"

    found = client.get("/api/availability/new-patient/")
    refused = client.get("/api/availability/new-patient/", {"days": "many"})

    assert found.json()["slots"]
    assert find_faults(described, path, found) == []
    assert find_faults(described, path, refused) == []
    parameters = {one["name"] for one in described["paths"][path]["get"]["parameters"]}
    assert parameters == {"visit_type", "from", "days", "practitioner", "location"}


def test_health_is_as_described(
    described: dict[str, Any], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_away() -> None:
        raise DatabaseError

    for path in ("/health/live", "/health/ready"):
        assert find_faults(described, path, client.get(path)) == []
    monkeypatch.setattr(health, "outbox_health", is_away)
    down = client.get("/health/ready")

    assert down.status_code == 503
    assert find_faults(described, "/health/ready", down) == []
