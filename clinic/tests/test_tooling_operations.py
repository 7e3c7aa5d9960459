"""docs/operations.md names what is there."""

import re

import pytest
from django.core.management import get_commands
from django.urls import resolve

from clinic.run import ROOT
from clinic.tests.test_tooling_ci import TARGETS
from clinic.tests.test_tooling_deployment import COMPOSE_ONLY, KNOWN_VARIABLES, SERVICES

TEXT = (ROOT / "docs" / "operations.md").read_text()
QUOTED = set(re.findall(r"`([^`\n]+)`", TEXT))


def test_files_are_there() -> None:
    named = {
        one for one in QUOTED if re.fullmatch(r"(docs|deploy|clinic|booking)/[\w/.-]+|[A-Z][A-Z]+\.md", one)
    }

    assert len(named) > 6
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_commands_are_there() -> None:
    of_manage = set(re.findall(r"manage(?:\.py)? ([a-z_]+)", TEXT))
    of_make = set(re.findall(r"`make ([a-z]+)", TEXT))

    assert "invite_admin" in of_manage
    assert of_manage <= {*get_commands()}
    assert "faults" in of_make
    assert of_make <= TARGETS


def test_variables_are_there() -> None:
    named = {one for quoted in QUOTED for one in re.findall(r"^[A-Z]+(?:_[A-Z]+)+$", quoted)}

    assert "PUBLISH_ON" in named
    assert named <= KNOWN_VARIABLES | COMPOSE_ONLY


def test_services_are_there() -> None:
    # Two commands side by side stand apart by several blanks.
    lines = re.findall(r"docker compose (?:up|logs|run) ((?:[^\s`]+ ?)+)", TEXT)
    named = {word.split("=")[0] for line in lines for word in line.split() if not word.startswith("-")}

    assert {"web", "worker", "proxy", "release", "backup"} <= named
    assert named <= {*SERVICES}


@pytest.mark.parametrize("address", ["/health/live", "/health/ready"])
def test_addresses_are_there(address: str) -> None:
    assert f"| `{address}` |" in TEXT
    assert resolve(address)
