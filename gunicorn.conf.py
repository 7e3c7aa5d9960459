"""How the web process serves. gunicorn reads this file by itself, wherever it is started from the root."""

import gc
import os
import resource
import sys
from pathlib import Path
from typing import Any

# gunicorn itself makes the project importable only later.
sys.path.insert(0, str(Path(__file__).parent))

from clinic.watching import beside

# Only a container, whose ports are published one by one, should listen on every interface.
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
# Gathers a request before a thread takes it: whoever is slow waits for nothing but themselves.
worker_class = "clinic.slow_clients.BufferingWorker"
# Of each process. When all are taken, the slowest gives way.
worker_connections = 2000
_files, _most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(
    resource.RLIMIT_NOFILE, (min(_most_files, max(_files, 3 * worker_connections)), _most_files)
)
# Ours have twenty header fields of a few hundred bytes, and addresses of two hundred.
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
# Django is loaded once, and its memory shared.
preload_app = True
# A manage link is a secret that stands in a path: no access log.
accesslog = None
loglevel = "warning"
# What it says of requests that it cannot read or that fail would have addresses and header fields in it.
logger_class = "clinic.web_log.QuietLogger"
# It would open a socket in the home folder through which the server can be steered.
control_socket_disable = True


def share_what_is_loaded() -> None:
    """Before the first fork: no worker's garbage collection goes through it, which holds up a request."""
    # Not above: the settings are not there yet. It brings the views, which each worker would load for itself.
    from django.urls import get_resolver

    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()


# --- Metrics: on a port of their own, by a process of their own; clinic/watching/beside.py

METRICS_BIND = os.environ.get("METRICS_BIND", "")
if METRICS_BIND:
    beside.prepare_folder()


def when_ready(server: Any) -> None:
    share_what_is_loaded()
    server.metrics = beside.start_server() if METRICS_BIND else None


def post_fork(server: Any, worker: Any) -> None:
    if METRICS_BIND:
        beside.reserve_room(os.getpid())


def child_exit(server: Any, worker: Any) -> None:
    if METRICS_BIND:
        beside.free_room(worker.pid)


def on_exit(server: Any) -> None:
    if METRICS_BIND:
        beside.stop_server(server.metrics)
        beside.remove_folder()
