"""The servers that the tests stand on are real, and gone afterwards."""

import signal
from pathlib import Path

import psutil
import psycopg
import redis

from clinic.processes import find_free_port
from clinic.tests.postgres import running_postgres
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
