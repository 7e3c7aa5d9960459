"""The units for one small machine say what the Procfile and the settings say, and lock what they start."""

import re
import shlex
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from clinic.run import ROOT, read_procfile
from clinic.tests.test_tooling_deployment import KNOWN_VARIABLES

FOLDER = ROOT / "deploy" / "systemd"
SERVICES = sorted(FOLDER.glob("clinic-*.service"))
PROGRAMS = "/srv/clinic/.venv/bin/"
# For people who run `make test` on something else, the keys below are still compared.
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="There is no systemd here."
)

Unit = dict[str, list[str]]


def read_unit(path: Path) -> Unit:
    """The values of each key, in order. A key of ours stands in one section only."""
    found: Unit = defaultdict(list)
    for line in path.read_text().splitlines():
        key, sign, value = line.partition("=")
        if sign and not line.startswith("#"):
            found[key].append(value)
    return found


def read_service(name: str) -> Unit:
    """The unit with what holds for all of them."""
    whole = read_unit(FOLDER / "clinic-.service.d" / "all.conf")
    for key, values in read_unit(FOLDER / f"clinic-{name}.service").items():
        whole[key] = [*whole[key], *values]
    return whole


def read_environment(unit: Unit) -> dict[str, str]:
    return dict(pair.split("=", 1) for line in unit["Environment"] for pair in shlex.split(line))


@pytest.mark.parametrize("name", ["release", "web", "worker", "beat"])
def test_unit_runs_the_command_of_the_procfile(name: str) -> None:
    first, *_ = read_service(name)["ExecStart"]

    assert shlex.split(first.removeprefix(PROGRAMS)) == read_procfile()[name]


def test_every_command_of_manage_py_is_there() -> None:
    lines = [line for path in SERVICES for line in read_unit(path)["ExecStart"] if "manage.py" in line]

    asked = {shlex.split(line)[2] for line in lines}

    assert asked == {"prepare", "collectstatic", "backup"}
    assert asked <= set(get_commands())


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_service_comes_back_and_has_an_end_of_memory(name: str) -> None:
    unit = read_service(name)

    assert unit["Restart"] == ["always"]
    # Otherwise systemd gives up after five deaths in ten seconds.
    assert unit["StartLimitIntervalSec"] == ["0"]
    assert unit["MemoryMax"]
    assert unit["TasksMax"]
    assert unit["Requires"] == ["clinic-release.service"]
    assert unit["PartOf"] == ["clinic.target"]
    assert f"clinic-{name}.service" in read_unit(FOLDER / "clinic.target")["Wants"][0]


def test_stopping_waits_for_what_is_on_its_way() -> None:
    web, worker = (int(read_service(name)["TimeoutStopSec"][0]) for name in ("web", "worker"))

    # gunicorn's graceful_timeout.
    assert web > 30
    assert worker > settings.CELERY_TASK_TIME_LIMIT


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_service_can_write_nothing_but_its_state(path: Path) -> None:
    unit = read_service(path.stem.removeprefix("clinic-"))

    assert unit["User"] == ["clinic"]
    assert unit["ProtectSystem"] == ["strict"]
    assert unit["NoNewPrivileges"] == ["yes"]
    assert unit["CapabilityBoundingSet"] == [""]
    assert unit["StateDirectory"] in (["clinic"], ["clinic", "clinic/backups"])
    assert not unit["ReadWritePaths"]
    assert read_environment(unit)["DATA_DIR"] == f"/var/lib/{unit['StateDirectory'][0]}"


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_service_that_calls_nobody_still_reaches_a_database_of_this_machine(path: Path) -> None:
    unit = read_service(path.stem.removeprefix("clinic-"))

    assert not unit["IPAddressDeny"] or unit["IPAddressAllow"] == ["localhost"]


def test_variables_are_known_and_secrets_stand_in_files() -> None:
    environment = read_environment(read_service("web"))
    credentials = [line.split(":")[0] for line in read_service("web")["LoadCredential"]]
    in_files = {name.removesuffix("_FILE") for name in environment if name.endswith("_FILE")}

    assert {name.removesuffix("_FILE") for name in environment} <= KNOWN_VARIABLES
    assert in_files <= set(settings.SECRETS)
    assert {name: environment[f"{name}_FILE"] for name in in_files} == {
        name: f"%d/{name.lower()}" for name in in_files
    }
    assert sorted(credentials) == sorted(name.lower() for name in in_files)


def test_manage_runs_as_the_services_do() -> None:
    script = (FOLDER / "clinic-manage").read_text()
    unit = read_service("web")
    environment = read_environment(unit)

    properties = re.findall(r"--property=(\S+)", script)
    variables = dict(re.findall(r"--setenv=(\w+)=(\S+)", script))
    files = dict(re.findall(r"(\w+_FILE)=\$CREDENTIALS_DIRECTORY(\S+)", script))

    for key in ("EnvironmentFile", "LoadCredential", "UMask"):
        assert [line for line in properties if line.startswith(f"{key}=")] == [
            f"{key}={v}" for v in unit[key]
        ]
    assert f"--uid={unit['User'][0]} --gid={unit['Group'][0]}" in script
    assert f"--working-directory={unit['WorkingDirectory'][0]}" in script
    assert {**variables, **{name: f"%d{place}" for name, place in files.items()}} == {
        name: value for name, value in environment.items() if name != "TRUSTED_PROXIES"
    }


def test_manage_is_a_script_that_the_shell_can_read() -> None:
    read = subprocess.run(["sh", "-n", FOLDER / "clinic-manage"], capture_output=True, text=True)

    assert (read.returncode, read.stderr) == (0, "")


def test_caddy_finds_the_web_process_and_the_caddyfile() -> None:
    unit = read_unit(FOLDER / "caddy.service.d" / "clinic.conf")

    assert read_environment(unit) == {"UPSTREAM": "127.0.0.1:8000"}
    assert unit["EnvironmentFile"] == read_service("web")["EnvironmentFile"]
    assert unit["ExecStart"] == [
        "",
        "/usr/bin/caddy run --config /srv/clinic/deploy/Caddyfile --adapter caddyfile",
    ]
    assert (ROOT / "deploy" / "Caddyfile").is_file()


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units where systemd looks for them, with the programs of this environment."""
    folder = tmp_path / "system"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("caddy*", "clinic-manage"))
    for path in folder.glob("*.service"):
        path.write_text(path.read_text().replace(PROGRAMS, f"{Path(sys.executable).parent}/"))
    return folder


def analyze(installed: Path, *words: str | Path) -> str:
    """Run systemd-analyze over our units and the system's own; return all that it says."""
    done = subprocess.run(
        ["systemd-analyze", *words],
        env={"SYSTEMD_UNIT_PATH": f"{installed}:", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


@needs_systemd
def test_systemd_finds_nothing_wrong(installed: Path) -> None:
    units = sorted([*installed.glob("clinic*.service"), *installed.glob("clinic*.t*")])

    told = analyze(installed, "verify", "--man=no", *units)

    assert len(units) == 7
    assert told == ""


@needs_systemd
def test_systemd_finds_a_mistake(installed: Path) -> None:
    web = installed / "clinic-web.service"
    web.write_text(web.read_text().replace("MemoryMax=768M", "MemoryMax=much"))

    assert "Invalid memory limit" in analyze(installed, "verify", "--man=no", web)


@needs_systemd
@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_systemd_calls_the_exposure_low(installed: Path, path: Path) -> None:
    told = analyze(installed, "security", "--offline=true", "--no-pager", path.name)

    [exposure] = re.findall(r"exposure level for \S+: ([\d.]+)", told)
    # Without any lock it is 9.6 of 10.
    assert float(exposure) < 2
