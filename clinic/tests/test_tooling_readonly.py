"""Our processes run where compose and systemd put them: without a capability, and nothing can be written."""

import http.client
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
import redis

from clinic.processes import find_free_port, start_child, stop_children
from clinic.run import ROOT, read_procfile
from clinic.tests.test_tooling_production import GOOD
from clinic.valkey import running_valkey

pytestmark = pytest.mark.flaky(reruns=1)

SECONDS = 60
# In a name space of its own the whole file system becomes read-only, but for the folder that is given.
LOCK = """mount --bind "$1" "$1" && mount -o remount,bind,ro / && shift &&
exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@" """

Process = subprocess.Popen[bytes]


def lock(command: Sequence[str | Path], *, writable: Path) -> list[str | Path]:
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", LOCK, "sh", writable, *command]


@pytest.fixture
def writable(tmp_path: Path) -> Path:
    """The one folder; skips where this user or this system cannot lock all others."""
    folder = tmp_path / "writable"
    folder.mkdir()
    is_linux = shutil.which("unshare") and shutil.which("setpriv")
    if not is_linux or subprocess.run(lock(["true"], writable=folder), capture_output=True).returncode:
        pytest.skip("There are no name spaces here.")
    return folder


def can_write(folder: Path, *, writable: Path) -> bool:
    done = subprocess.run(lock(["touch", folder / "written"], writable=writable), capture_output=True)
    return done.returncode == 0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    with running_valkey(tmp_path / "broker") as url:
        yield url


def wait_until(condition: Callable[[], bool], *children: Process) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert all(child.poll() is None for child in children), "A process died."
        assert time.monotonic() < deadline
        time.sleep(0.1)


def answers(port: int) -> bool:
    site = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        site.request("GET", "/health/ready", headers={"Host": "localhost"})
        return site.getresponse().status == 200
    except OSError:
        return False


def waits_for_work(broker: str) -> bool:
    return any(client["cmd"] == "brpop" for client in redis.Redis.from_url(broker).client_list())


def test_every_process_runs_where_nothing_can_be_written(
    writable: Path, static_files: Path, broker: str, tmp_path: Path
) -> None:
    port = find_free_port()
    (writable / "database").mkdir()
    environment = {
        **GOOD,
        "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
        "ALLOWED_HOSTS": "localhost",
        "PUBLIC_URL": "http://localhost",
        "DATABASE_URL": f"sqlite:///{writable}/database/clinic.sqlite3",
        "REDIS_URL": broker,
        "PORT": str(port),
        "TMPDIR": str(writable),
        # As in the image: what was collected is there, and stays as it is.
        "DATA_DIR": str(static_files),
    }
    start = partial(start_child, cwd=ROOT)
    commands = {name: lock(command, writable=writable) for name, command in read_procfile().items()}

    subprocess.run(commands["release"], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    web, worker = (start(commands[name], env=environment) for name in ("web", "worker"))
    beat = start(commands["beat"], env={**environment, "DATA_DIR": str(writable)})
    try:
        wait_until(partial(answers, port), web, worker, beat)
        wait_until(partial(waits_for_work, broker), web, worker, beat)
        wait_until(lambda: any(writable.glob("celerybeat-schedule*")), web, worker, beat)
    finally:
        stop_children(web, worker, beat)

    assert can_write(writable, writable=writable)
    assert not any(can_write(folder, writable=writable) for folder in (ROOT, static_files, tmp_path))
