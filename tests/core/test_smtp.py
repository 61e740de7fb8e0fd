"""Connections to the mail server: kept, replaced when they die, and never trusted after a failure."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import aiosmtplib
import pytest

from app.core import smtp
from app.core.jobs import Away
from app.core.settings import settings

Say = Callable[[bytes], bytes | None]


class Server:
    """A mail server of the test: what it heard, line by line, how often it was called, and what it says."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.calls = 0
        self.hold = asyncio.Event()
        self.hold.set()
        self.say: Say = lambda _: None
        self.writers: list[asyncio.StreamWriter] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        self.writers.append(writer)
        writer.write(b"220 here\r\n")
        in_data = False
        while line := await reader.readline():
            await self.hold.wait()
            if in_data:
                in_data = line != b".\r\n"
                if in_data:
                    continue
                line = b"."
            self.heard.append(line.strip())
            answer = self.say(line.strip())
            if answer == b"":
                break
            if answer is None:
                answer = b"354 go on" if line.startswith(b"DATA") else b"250 yes"
            in_data = line.startswith(b"DATA") and answer.startswith(b"354")
            writer.write(answer + b"\r\n")
        writer.close()

    def count(self, word: bytes) -> int:
        return sum(line.startswith(word) for line in self.heard)

    def hang_up(self) -> None:
        for writer in self.writers:
            writer.close()


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    found = Server()
    async with await asyncio.start_server(found, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        monkeypatch.setenv("APP_MAIL_URL", f"smtp://127.0.0.1:{port}")
        settings.cache_clear()
        yield found
        await smtp.close()
        found.hang_up()
    monkeypatch.undo()
    settings.cache_clear()


async def hand_over(recipient: str = "a@example.org") -> None:
    await smtp.hand_over(b"Subject: x\r\n\r\nx\r\n", sender="b@example.org", recipient=recipient)


async def test_mails_after_each_other_use_one_connection(server: Server) -> None:
    for _ in range(3):
        await hand_over()
    assert (server.calls, server.count(b"MAIL"), server.count(b"NOOP")) == (1, 3, 0)


async def test_mails_side_by_side_use_several(server: Server) -> None:
    server.hold.clear()
    mails = [asyncio.create_task(hand_over()) for _ in range(3)]
    while server.calls < 3:  # noqa: ASYNC110  # the server counts
        await asyncio.sleep(0)
    server.hold.set()
    await asyncio.gather(*mails)
    assert (server.calls, server.count(b"MAIL")) == (3, 3)
    await hand_over()
    assert server.calls == 3


async def test_connection_is_not_used_for_ever(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "MOST_MAILS", 2)
    for _ in range(3):
        await hand_over()
    assert server.calls == 2


async def test_idle_connection_is_asked_before_it_is_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "FRESH", 0.0)
    await hand_over()
    await hand_over()
    assert (server.calls, server.count(b"NOOP")) == (1, 1)
    server.hang_up()
    await hand_over()
    assert (server.calls, server.count(b"MAIL")) == (2, 3)


async def test_idle_connection_is_closed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "IDLE", 0.01)
    await hand_over()
    async with asyncio.timeout(5):
        while not server.count(b"QUIT"):  # noqa: ASYNC110  # the server counts
            await asyncio.sleep(0.01)


async def test_mail_cut_off_in_the_middle_leaves_no_half_envelope(server: Server) -> None:
    await hand_over()
    server.hold.clear()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            await hand_over()
    server.hold.set()
    await hand_over()
    assert server.calls == 2


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"550 5.1.1 no such user", "5.1.1"),
        (b"550 5.2.1 mailbox disabled", "5.2.1"),
        (b"553 nobody here", "5.0.0"),
    ],
)
async def test_address_that_is_refused_for_good(server: Server, said: bytes, status: str) -> None:
    server.say = lambda line: said if line.startswith(b"RCPT") else None
    with pytest.raises(smtp.AddressRefused) as refused:
        await hand_over()
    assert refused.value.status == status
    server.say = lambda _: None
    await hand_over()
    assert server.calls == 1, "the connection is as good as before"


@pytest.mark.parametrize("said", [b"450 4.2.0 greylisted", b"550 5.7.1 relaying denied", b"452 4.2.2 mailbox full"])
async def test_refusal_that_may_be_mended_is_no_fault_of_the_address(server: Server, said: bytes) -> None:
    server.say = lambda line: said if line.startswith(b"RCPT") else None
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await hand_over()


@pytest.mark.parametrize("at", [b"EHLO", b"MAIL", b"RCPT", b"DATA", b"."])
async def test_server_that_hangs_up_is_away(server: Server, at: bytes) -> None:
    server.say = lambda line: b"" if line.startswith((at, b"HELO") if at == b"EHLO" else at) else None
    with pytest.raises(Away):
        await hand_over()


async def test_server_that_closes_is_away(server: Server) -> None:
    server.say = lambda line: b"421 4.3.2 going down" if line.startswith(b"MAIL") else None
    with pytest.raises(Away):
        await hand_over()


async def test_server_that_says_nothing_is_away(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT", 0.05)
    server.hold.clear()
    with pytest.raises(Away):
        await hand_over()
    server.hold.set()


async def test_no_server_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_MAIL_URL", "smtp://127.0.0.1:1")
    settings.cache_clear()
    with pytest.raises(Away):
        await hand_over()
    monkeypatch.undo()
    settings.cache_clear()
