"""gunicorn's threads, for requests that are here: slow clients wait where they cost nothing.

gunicorn gives a connection one of its few threads at the first byte, and a client that never sends the
last one keeps it: eight of these stop the site. Here the main loop, which never waits for anybody,
gathers a request until its last byte; only then does a thread take it. docs/adr/0027.
"""

import contextlib
import re
import selectors
import socket
import time
from concurrent import futures
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gunicorn import util
from gunicorn.errors import ConfigError
from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import TConn, ThreadWorker

# A page of ours has all of it sent within a second; the rest is for phones in a tunnel.
ARRIVE_SECONDS = 20
# How long the other end may take to see that we are done.
LEAVE_SECONDS = 2
# For an answer to leave, whole. Nearly all of them fit the kernel's buffer and take no time.
ANSWER_SECONDS = 20
# A head of ours has two kilobytes. Below what gunicorn itself would go on reading for.
LONGEST_HEAD = 32 * 1024
# Not below DATA_UPLOAD_MAX_MEMORY_SIZE: what is longer is answered without being read.
LONGEST_BODY = 1024 * 1024
AT_ONCE = 64 * 1024
# Before it is drained of what nobody reads.
MOST_IGNORED = 1024 * 1024

# gunicorn's own would quote the request, and have no header.
BARE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
    "Content-Type": "text/plain",
    "Connection": "close",
}

HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*(\d{1,15})[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
CHUNKED = re.compile(rb"^transfer-encoding[ \t]*:", re.IGNORECASE | re.MULTILINE)


def answer_barely(sock: socket.socket, status: int, reason: str, words: str) -> None:
    """Refuse what is no request that Django could see. `words`, gunicorn's, stay here."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in BARE_HEADERS.items())
    text = f"HTTP/1.1 {status} {reason}\r\n{headers}Content-Length: {len(reason)}\r\n\r\n{reason}"
    util.write_nonblock(sock, text.encode("ascii"))


@dataclass
class Arrival:
    """What has come of one request so far."""

    conn: TConn
    received: bytearray = field(default_factory=bytearray)
    since: float = field(default_factory=time.monotonic)
    needed: int = 0
    """How many bytes the request has; 0 while its head is not here."""
    is_too_long: bool = False
    """The rest is not waited for: the answer will be 413."""

    def add(self, data: bytes) -> None:
        looked_at = max(0, len(self.received) - len(HEAD_END))
        self.received += data
        if not self.needed:
            end = self.received.find(HEAD_END, looked_at)
            if end >= 0:
                self.needed = end + len(HEAD_END) + self._find_length(end)

    def _find_length(self, end: int) -> int:
        found = LENGTH.search(self.received, 0, end + 2)
        length = int(found[1]) if found else 0
        self.is_too_long = length > LONGEST_BODY
        return 0 if self.is_too_long else length

    @property
    def is_complete(self) -> bool:
        return 0 < self.needed <= len(self.received)

    @property
    def refusal(self) -> tuple[int, str] | None:
        """Why it is not waited for, as a status and its words."""
        if len(self.received) > LONGEST_HEAD and not self.needed > 0:
            return 431, "Request Header Fields Too Large"
        # Without its length nobody knows how long to wait. Browsers tell it, and Django reads no other.
        if self.needed and CHUNKED.search(self.received, 0, self.received.find(HEAD_END) + 2):
            return 411, "Length Required"
        return None


class BoundedParser(RequestParser):
    """Should a thread ever have to wait, then not for long: for a read each time, for an answer in all."""

    def __next__(self) -> Any:
        self.unreader.sock.settimeout(ANSWER_SECONDS)
        return super().__next__()


def receive(sock: socket.socket) -> bytes | None:
    """Return what has come, b"" at the end or after an error; None where nothing has come yet."""
    try:
        return sock.recv(AT_ONCE)
    except (BlockingIOError, InterruptedError):
        return None
    except OSError:
        return b""


class BufferingWorker(ThreadWorker):
    """The gthread worker with two more places to wait, both in the main loop: before a thread, and after."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Each in the order in which they came, so that the first is the one to look at.
        self.arriving: dict[TConn, Arrival] = {}
        self.leaving: dict[TConn, float] = {}

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        if cfg.is_ssl:
            raise ConfigError("TLS ends at the proxy in front: what is gathered here must be plain HTTP.")
        super().check_config(cfg, log)

    def init_process(self) -> None:
        # gunicorn's answer to what it cannot parse, in this process: it has no other door.
        util.write_error = answer_barely
        super().init_process()

    # --- Before a thread ------------------------------------------------------------

    def accept(self, listener: socket.socket) -> None:
        """Where there is no place left, whoever has been slow for the longest time makes some."""
        if self.nr_conns + 1 >= self.worker_connections and self.arriving:
            self.drop(next(iter(self.arriving)))
        super().accept(listener)

    def enqueue_req(self, conn: TConn) -> None:
        """gunicorn calls this where it would take a thread: something has come, or may come soon."""
        conn.sock.setblocking(False)
        arrival = self.arriving[conn] = Arrival(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_arriving, arrival))
        if conn.parser is not None:
            arrival.add(conn.parser.unreader.take_buffered())
        if not self.try_to_start(arrival):
            self.on_arriving(arrival, conn.sock)

    def on_arriving(self, arrival: Arrival, sock: socket.socket) -> None:
        if arrival.conn not in self.arriving:
            # Gave way to somebody in this very turn of the loop.
            return
        data = receive(sock)
        if data is None:
            return
        if not data:
            self.drop(arrival.conn)
            return
        arrival.add(data)
        self.try_to_start(arrival)

    def try_to_start(self, arrival: Arrival) -> bool:
        """Give a thread to a request that is here, or an answer to one that is not waited for."""
        conn = arrival.conn
        refusal = arrival.refusal
        if refusal is None and not arrival.is_complete:
            return False
        self.poller.unregister(conn.sock)
        del self.arriving[conn]
        if refusal is not None:
            with contextlib.suppress(OSError):
                answer_barely(conn.sock, *refusal, "")
            self.let_go(conn)
            return True
        if conn.parser is None:
            conn.parser = BoundedParser(self.cfg, conn.sock, conn.client)
        conn.parser.unreader.unread(bytes(arrival.received))
        conn.data_ready = True
        conn.is_cut = arrival.is_too_long
        super().enqueue_req(conn)
        return True

    # --- After it -------------------------------------------------------------------

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        """gunicorn would have the thread read for five seconds what nobody wants to know."""
        return not conn.is_cut and bool(super()._keepalive_after(conn, keepalive))

    def finish_request(self, conn: TConn, fs: "futures.Future[Any]") -> None:
        """gunicorn would stand still here for two seconds, for each client that does not hang up."""
        is_kept = not fs.cancelled() and fs.exception() is None and fs.result()
        if is_kept:
            super().finish_request(conn, fs)
        else:
            self.let_go(conn)

    def let_go(self, conn: TConn) -> None:
        """Say that nothing more comes, and read what does until the other end has seen it (RFC 9112, 9.6)."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_leaving, conn, [0]))
        except (OSError, ValueError):
            self.close(conn)
            return
        self.leaving[conn] = time.monotonic()

    def on_leaving(self, conn: TConn, ignored: list[int], sock: socket.socket) -> None:
        if conn not in self.leaving:
            return
        data = receive(sock)
        if data is None:
            return
        ignored[0] += len(data)
        if not data or ignored[0] > MOST_IGNORED:
            self.drop(conn)

    # --- The end of patience -----------------------------------------------------------

    def murder_pending(self) -> None:
        """gunicorn calls this every second, and while it stops."""
        super().murder_pending()
        now = time.monotonic()
        # A deploy does not wait for those who are slow.
        patience = ARRIVE_SECONDS if self.alive else LEAVE_SECONDS
        late = [conn for conn, arrival in self.arriving.items() if now - arrival.since > patience]
        late += [conn for conn, since in self.leaving.items() if now - since > LEAVE_SECONDS]
        for conn in late:
            self.drop(conn)

    def drop(self, conn: TConn) -> None:
        self.arriving.pop(conn, None)
        self.leaving.pop(conn, None)
        with contextlib.suppress(KeyError, OSError, ValueError):
            self.poller.unregister(conn.sock)
        self.close(conn)

    def close(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()
