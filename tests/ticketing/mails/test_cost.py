"""What ten thousand mails cost: few statements each, and nothing that is read, loaded or kept anew for every one."""

import httpx
import pytest

from app.core import jobs, smtp, typeset
from app.core.web.pages import environment
from app.ticketing.documents import qr
from tests.clock import Clock
from tests.events.rows import statements
from tests.ticketing.conftest import Mailbox
from tests.ticketing.wishes import member, register, wish

MAILS = 12


async def guests(http: httpx.AsyncClient, *, first: int, number: int) -> None:
    """Let people register, each with a mail."""
    for n in range(first, first + number):
        await register(http, wish(member(name=f"Guest {n}"), email=f"guest-{n}@example.org"))


async def test_mail_costs_four_statements(http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox) -> None:
    await guests(http, first=0, number=MAILS)
    async with statements() as seen:
        assert await jobs.drain(clock) == MAILS
    words = [sql.split()[0] for sql in seen if not sql.startswith(("SAVEPOINT", "RELEASE"))]
    assert words == [*["SELECT", "SELECT", "DELETE", "UPDATE"] * MAILS, "SELECT"]


async def test_mails_load_fonts_and_templates_once_and_keep_their_connection(
    http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await guests(http, first=0, number=1)
    await jobs.drain(clock)
    fonts, lines = typeset._press.cache_info().misses, smtp._lines.idle[:]
    templates = dict(environment().cache or {})
    await guests(http, first=1, number=MAILS)

    assert await jobs.drain(clock) == MAILS

    assert typeset._press.cache_info().misses == fonts
    assert dict(environment().cache or {}) == templates
    assert (smtp._lines.idle, len(lines)) == (lines, 1)
    assert len(mailbox()) == MAILS + 1


async def test_symbols_kept_in_memory_are_few(http: httpx.AsyncClient) -> None:
    kept = qr.path.cache_info().maxsize
    assert kept is not None
    assert kept * len(qr.path("Y1:")) < 2**21
