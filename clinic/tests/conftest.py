"""The people and places of booking's tests, for pages that only the whole project has; its real processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from booking.tests.conftest import (  # noqa: F401 - fixtures
    clock,
    location,
    patient,
    practitioner,
    receptionist,
    visit,
    visit_type,
)
from booking.tests.races.conftest import without_guards  # noqa: F401 - a fixture
from clinic.run import ROOT
from clinic.tests.postgres import find_binaries
from faults.scene import Scene, make_practice, staged


@pytest.fixture(scope="session")
def static_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DATA_DIR with the files that a production web process wants to find."""
    folder = tmp_path_factory.mktemp("faults")
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
        cwd=ROOT,
        check=True,
        env={
            **os.environ,
            "DATA_DIR": str(folder),
            "DEBUG": "false",
            "SECRET_KEY": "only for this one step, " * 4,
            "ALLOWED_HOSTS": "127.0.0.1",
            "EMAIL_URL": "smtp://127.0.0.1:25",
        },
    )
    return folder


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> None:
    """pg_dump and its like, of the version of the server of the tests; backups and their work in tmp_path."""
    with suppress(LookupError):
        monkeypatch.setenv("PATH", f"{find_binaries()}{os.pathsep}{os.environ['PATH']}")
    settings.DATA_DIR = tmp_path
    settings.BACKUP_DIR = tmp_path / "backups"


@pytest.fixture
def scene(
    transactional_db: None, static_files: Path, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scene]:
    settings.DATA_DIR = static_files
    with staged(folder=tmp_path, visit_type=make_practice()) as scene:
        monkeypatch.setenv("CELERY_BROKER_WRITE_URL", scene.clinic.broker_url)
        yield scene
