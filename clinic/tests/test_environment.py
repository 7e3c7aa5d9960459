"""Whatever somebody has set for a site of their own: the tests have the settings that they always have."""

import os
import subprocess
import sys
from pathlib import Path

from clinic.run import ROOT
from clinic.tests.environment import SHARED, find_own, list_variables

# Most settings cannot even be read from this, and none is the same with it.
HOSTILE = "hostile"
OWN = [*list_variables(), "SENTRY_DSN_FILE", "DATABASE_URL_FILE", "HOLD_MINUTES_FILE", "ANYMAIL_TOKEN"]
SHOW = """
import conftest
from django.conf import settings
for name in sorted(dir(settings)):
    if name.isupper():
        print(name, "=", str(getattr(settings, name)).replace(str(settings.DATA_DIR), "DATA_DIR"))
"""


def show_settings(folder: Path, **more: str) -> dict[str, str]:
    """What the settings are in a test, where somebody has set `more`."""
    usual = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=ROOT,
        # The seed: sets print in one order.
        env={**usual, "PYTHONHASHSEED": "0", "TMPDIR": str(folder), **more},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = (line.partition(" = ") for line in done.stdout.splitlines())
    return {name: value for name, _, value in lines}


def test_what_somebody_has_set_reaches_no_test(tmp_path: Path) -> None:
    usual = show_settings(tmp_path)

    found = show_settings(tmp_path, **dict.fromkeys(OWN, HOSTILE))

    assert found == usual
    assert usual["HOLD_MINUTES"] == "20"


def test_what_a_test_run_is_told_on_purpose_stays() -> None:
    told = {SHARED, "TEST_DATABASE_URL", "CI", "PATH", "PYTEST_XDIST_WORKER", "DJANGO_ALLOW_ASYNC_UNSAFE"}

    assert find_own({*told, "DEBUG"}) == {"DEBUG"}
