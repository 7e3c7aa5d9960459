"""The container files say what the Procfile and the settings say."""

import ast
import json
import re
import shlex
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from jsonschema.validators import validator_for

from clinic.run import ROOT, read_procfile

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
# Filled into docker-compose.yml from .env, and read by the database's image.
COMPOSE_ONLY = {"POSTGRES_PASSWORD"}
# Stands for all of settings.SECRETS.
IN_FILES = {"SECRET_KEY_FILE"}


def variables_read_by(path: Path) -> set[str]:
    """Names of the environment variables that a file reads by env.str("X") or os.environ.get("X")."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            owner, argument = ast.unparse(node.func.value), node.args[0]
            if owner in {"env", "os.environ"} and isinstance(argument, ast.Constant):
                names.add(str(argument.value))
    return names


KNOWN_VARIABLES = variables_read_by(ROOT / "clinic/settings.py") | variables_read_by(
    ROOT / "gunicorn.conf.py"
)


def variables_in_example() -> list[str]:
    return re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE)


def test_compose_file_follows_the_schema() -> None:
    schema = json.loads(
        files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_text()
    )

    errors = [error.message for error in validator_for(schema)(schema).iter_errors(COMPOSE)]

    assert errors == []


@pytest.mark.parametrize("name", ["release", "web", "worker", "beat"])
def test_compose_command_is_that_of_the_procfile(name: str) -> None:
    assert shlex.split(SERVICES[name]["command"]) == read_procfile()[name]


def test_image_starts_the_web_process_without_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()

    command = json.loads(lines[-1].removeprefix("CMD "))
    users = [line.removeprefix("USER ") for line in lines if line.startswith("USER ")]

    assert command == read_procfile()["web"]
    assert users == ["clinic"]


def test_image_and_makefile_install_with_the_same_uv() -> None:
    in_image = re.findall(r"uv==([\d.]+)", (ROOT / "Dockerfile").read_text())
    in_makefile = re.findall(r"^UV_VERSION := ([\d.]+)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)

    assert in_image == in_makefile != []


def test_image_has_the_clients_of_the_database_that_compose_starts() -> None:
    """An older pg_dump refuses the server, and a newer one writes what the server cannot read."""
    clients = re.findall(r"postgresql-client-(\d+)", (ROOT / "Dockerfile").read_text())

    assert [f"postgres:{version}-alpine" for version in clients] == [SERVICES["postgres"]["image"]]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_compose_variables_are_known(name: str) -> None:
    service = SERVICES[name]
    variables = set(service.get("environment", {}))

    known = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"} if name == "postgres" else KNOWN_VARIABLES

    assert variables <= known


def test_compose_asks_env_file_only_for_what_the_example_lists() -> None:
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))

    assert asked == COMPOSE_ONLY


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_compose_ports_are_on_this_machine_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"release"}))
def test_compose_service_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


def test_compose_waits_for_what_it_needs() -> None:
    waits = {name: SERVICES[name]["depends_on"] for name in ("release", "web", "worker", "beat")}
    ready = {
        "release": {"condition": "service_completed_successfully"},
        "redis": {"condition": "service_healthy"},
    }

    assert waits == {
        "release": {"postgres": {"condition": "service_healthy"}},
        "web": ready,
        "worker": ready,
        "beat": ready,
    }


def test_env_example_lists_every_variable_once() -> None:
    listed = variables_in_example()

    assert sorted(listed) == sorted(KNOWN_VARIABLES | COMPOSE_ONLY | IN_FILES)


def test_env_example_names_every_secret_that_may_stand_in_a_file() -> None:
    text = (ROOT / ".env.example").read_text().partition("Secrets in files")[2]

    assert all(name.removesuffix("*") in text for name in settings.SECRETS)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_lock_has_hashes_and_names_no_registry(name: str) -> None:
    text = (ROOT / name).read_text()
    pins = re.findall(r"^[a-z0-9].*==", text, flags=re.MULTILINE)
    unhashed = re.findall(r"^[a-z0-9][^\n]*[^\\]\n", text, flags=re.MULTILINE)

    assert pins
    assert unhashed == []
    assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links", text)
