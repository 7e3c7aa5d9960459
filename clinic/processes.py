"""Child processes that do not outlive this one: the launcher's and the tests' servers."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

PR_SET_PDEATHSIG = 1


def find_free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_child(
    command: Sequence[str | os.PathLike[str]],
    *,
    orphan_signal: signal.Signals = signal.SIGTERM,
    **options: Any,
) -> subprocess.Popen[bytes]:
    """Start `command` in a process group of its own, so that Ctrl-C reaches only the parent.

    Where the kernel can do it (Linux), the child gets `orphan_signal` when this process dies,
    be it by kill -9. Call it from the main thread: the kernel watches the thread that forked.
    """
    parent = os.getpid()
    if not sys.platform.startswith("linux"):
        return subprocess.Popen(command, process_group=0, **options)
    libc = ctypes.CDLL(None, use_errno=True)

    def ask_for_orphan_signal() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(orphan_signal))
        if os.getppid() != parent:
            os.kill(os.getpid(), orphan_signal)

    return subprocess.Popen(command, process_group=0, preexec_fn=ask_for_orphan_signal, **options)


def stop_children(
    *children: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM, patience: float = 10
) -> None:
    """Ask all of them to stop, wait up to `patience` seconds, then kill what is left of their groups."""
    for child in children:
        if child.poll() is None:
            child.send_signal(how)
    deadline = time.monotonic() + patience
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(max(0, deadline - time.monotonic()))
        # macOS answers PermissionError for a group of which only a zombie is left.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
