"""The mail server of the faults: it may be away, answer by a script, or hang up too early."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from clinic.processes import find_free_port
from outbox.tests.sink import Sink


@dataclass
class ScriptedSink(Sink):
    refused: set[str] = field(default_factory=set)
    """Addresses that get a 550."""
    next_answers: deque[str] = field(default_factory=deque)
    """For the next mails; when there are none left, every mail is accepted."""
    hang_ups: int = 0
    """How many of the next mails are kept without an answer."""
    controller: Controller | None = None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 5.1.1 No such mailbox"
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.next_answers:
            return self.next_answers.popleft()
        answer = await super().handle_DATA(server, session, envelope)
        if self.hang_ups:
            self.hang_ups -= 1
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return answer

    def open(self) -> None:
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def close(self) -> None:
        if self.controller:
            self.controller.stop()
        self.controller = None


@contextmanager
def running_scripted_sink() -> Iterator[ScriptedSink]:
    sink = ScriptedSink(port=find_free_port())
    sink.open()
    try:
        yield sink
    finally:
        sink.close()
