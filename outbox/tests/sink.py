"""A real mail server for the tests, which keeps what it accepts and answers as told."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from clinic.processes import find_free_port


@dataclass
class Sink:
    port: int
    mails: list[Message] = field(default_factory=list)
    rcpt_answer: str = "250 OK"
    data_answer: str = "250 OK"
    seconds_for_data: float = 0
    seconds_for_quit: float = 0
    refused_addresses: set[str] = field(default_factory=set)
    mails_per_connection: int | None = None
    connections: int = 0

    def copies(self) -> Counter[str]:
        """How often each Message-ID was accepted."""
        return Counter(mail["Message-ID"] for mail in self.mails)

    def has_more_than(self, number: int) -> bool:
        return len(self.mails) > number

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        session.mails = 0
        return responses

    async def handle_NOOP(self, server: SMTP, session: Session, envelope: Envelope, arg: str) -> str:
        """A server that has had enough of a connection says so here, as at every other word."""
        if session.mails == self.mails_per_connection:
            return "421 4.4.2 Enough for one connection"
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused_addresses:
            return f"550 5.1.1 <{address}> is unknown here"
        if self.rcpt_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt_answer.format(address=address)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.seconds_for_data)
        if self.data_answer.startswith("250"):
            session.mails += 1
            assert isinstance(envelope.content, bytes)
            self.mails.append(message_from_bytes(envelope.content))
        return self.data_answer

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.seconds_for_quit)
        return "221 Bye"


@contextmanager
def running_sink() -> Iterator[Sink]:
    sink = Sink(port=find_free_port())
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
