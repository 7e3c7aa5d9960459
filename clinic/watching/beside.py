"""What gunicorn does for the figures: a folder in which its workers count, and a process that shows them.

Its hooks (gunicorn.conf.py) call these. A worker's counts are files in its memory; where such a file cannot
grow because the disk is full, the kernel kills the worker in the middle of a request. So each worker gets its
room before it takes any, and one that gets none does not count.
"""

import logging
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from clinic.processes import start_child, stop_children

logger = logging.getLogger(__name__)

# Where prometheus_client looks, once, when it is imported.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
KINDS = ("counter", "histogram")
# All views, methods and statuses of ours take a quarter of it.
ROOM = 2 * 1024 * 1024
PREFIX = "clinic-metrics-"


def prepare_folder() -> None:
    """Name a folder for this gunicorn, before Django is loaded. A reload keeps it."""
    if FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix=PREFIX)


def remove_folder() -> None:
    folder = Path(os.environ[FOLDER])
    # One that somebody else has named may hold what is not ours.
    if folder.name.startswith(PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


def reserve_room(pid: int) -> None:
    """Make the files of a new worker as large as they will ever be, or let it not count."""
    try:
        for file in _list_files(pid):
            with file.open("ab") as opened:
                os.posix_fallocate(opened.fileno(), 0, ROOM)
    except OSError as error:
        # Not above: it brings prometheus_client, which has to find the folder named.
        from booking.counting import stop_counting

        logger.warning("A worker does not count for the metrics: %s.", type(error).__name__)
        free_room(pid)
        stop_counting()


def free_room(pid: int) -> None:
    """Cut the files of a worker that has ended to what is in them: its counts stay in the sums."""
    for file in _list_files(pid):
        with suppress(OSError):
            with file.open("rb") as opened:
                used = int.from_bytes(opened.read(4), sys.byteorder)
            if used:
                os.truncate(file, used)
            else:
                file.unlink()


def start_server() -> subprocess.Popen[bytes]:
    return start_child([sys.executable, "-m", "clinic.watching.server"])


def stop_server(server: subprocess.Popen[bytes] | None) -> None:
    if server:
        stop_children(server)


def _list_files(pid: int) -> list[Path]:
    return [Path(os.environ[FOLDER]) / f"{kind}_{pid}.db" for kind in KINDS]
