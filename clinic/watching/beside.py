"""What gunicorn does for the figures: a folder in which its workers count, and a process that shows them.

Its hooks (gunicorn.conf.py) call these. A worker's counts are files in its memory; where such a file cannot
grow because the disk is full, the kernel kills the worker in the middle of a request. So each worker gets its
room before it takes any, and one that gets none does not count.
"""

import fcntl
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
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
LEFT_OVER_SECONDS = 60


def prepare_folder() -> None:
    """Name a folder for this gunicorn, before Django is loaded. A reload keeps it."""
    _remove_left_over()
    if FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix=PREFIX)
    # Held until the last process of ours ends, however it ends: nobody closes it before.
    fcntl.flock(os.open(os.environ[FOLDER], os.O_RDONLY), fcntl.LOCK_SH)


def _remove_left_over() -> None:
    """Remove the folders of gunicorns that were killed: nobody holds their locks any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        # What belongs to somebody else cannot be opened, or not be removed.
        with suppress(OSError):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # One that was made just now may not be locked yet.
                if time.time() - os.fstat(lock).st_mtime > LEFT_OVER_SECONDS:
                    shutil.rmtree(folder)
            finally:
                os.close(lock)


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
