"""The servers that the tests stand on are real, and gone afterwards."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
import yaml

from clinic.processes import find_free_port, start_child, stop_children
from clinic.run import ROOT
from clinic.tests.postgres import running_postgres, running_server
from clinic.valkey import running_valkey, start_valkey


def test_postgres_has_btree_gist_and_leaves_no_process() -> None:
    with running_postgres() as url:
        with psycopg.connect(url.replace("postgres://", "postgresql://")) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
            found = connection.execute(
                "SELECT count(*) FROM pg_opclass WHERE opcname = 'gist_int8_ops'"
            ).fetchone()
        servers = [child for child in psutil.Process().children() if child.name() == "postgres"]

    assert found == (1,)
    assert not any(server.is_running() for server in servers)


def test_valkey_keeps_its_queue_over_a_kill(tmp_path: Path) -> None:
    port = find_free_port()
    first = start_valkey(folder=tmp_path, port=port)
    client = redis.Redis(port=port)
    client.lpush("queue", "a message")
    client.wait(0, 0)

    first.send_signal(signal.SIGKILL)
    first.wait()
    with running_valkey(tmp_path, port=port):
        kept = client.lrange("queue", 0, -1)

    assert kept == [b"a message"]


QUIET = ("log_error_verbosity=terse", "log_min_error_statement=panic")


def refuse_a_row(*settings: str) -> str:
    """Let PostgreSQL refuse a row, and return what it wrote into its own log."""
    with running_server(settings=settings) as server:
        url = server.url.replace("postgres://", "postgresql://")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE patient (name text CHECK (name = ''))")
            with pytest.raises(psycopg.errors.CheckViolation):
                connection.execute("INSERT INTO patient VALUES ('Quetzalcoatlson')")
        return (server.folder / "log").read_text()


def test_log_of_postgresql_quotes_rows_unless_it_is_told_not_to() -> None:
    assert "Quetzalcoatlson" in refuse_a_row()

    quiet = refuse_a_row(*QUIET)

    assert "violates check constraint" in quiet
    assert "Quetzalcoatlson" not in quiet


def test_compose_tells_it() -> None:
    command = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["postgres"]["command"]

    assert command == f"postgres -c {QUIET[0]} -c {QUIET[1]}"


# Beside our own gunicorn.conf.py: what a worker finds when it begins.
TELL = """
def post_worker_init(worker):
    import json
    from django.db import connections
    is_unconnected = connections["default"].connection is None
    found = [gc.get_freeze_count(), "booking.desk.urls" in sys.modules, is_unconnected]
    Path(os.environ["TOLD"]).write_text(json.dumps(found) + ".")
"""


@pytest.mark.flaky(reruns=1)
def test_a_worker_begins_with_all_views_shared_and_no_connection(tmp_path: Path) -> None:
    own, told = tmp_path / "gunicorn.conf.py", tmp_path / "told"
    own.write_text((ROOT / "gunicorn.conf.py").read_text() + TELL)
    environment = {**os.environ, "TOLD": str(told), "PORT": str(find_free_port()), "WEB_CONCURRENCY": "1"}

    web = start_child(
        [sys.executable, "-m", "gunicorn", "--config", own, "clinic.wsgi"], cwd=ROOT, env=environment
    )
    try:
        deadline = time.monotonic() + 60
        while not (told.exists() and told.read_text().endswith(".")) and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        stop_children(web)

    frozen, has_views, is_unconnected = json.loads(told.read_text().removesuffix("."))
    assert frozen > 100_000
    assert has_views
    assert is_unconnected
