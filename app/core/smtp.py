"""Connections to the mail server, kept for the next mail: opening one costs more than sending over it."""

import asyncio
import contextlib
import re
import time
from contextvars import Context
from urllib.parse import unquote, urlsplit

import aiosmtplib

from app.core.jobs import Away
from app.core.settings import settings

TIMEOUT = 20
"""Seconds a mail server may take before the job is put off."""
FRESH = 1.0
"""Seconds after which an idle connection is asked whether it still stands."""
IDLE = 5.0
"""Seconds after which it is closed: a mail server's connections are few."""
MOST_MAILS = 100
"""Mails over one connection; servers end it themselves after some such number."""
CLOSING = 421
"""The server's word for: not now, and not over this connection."""
_ENHANCED = re.compile(r"\s*(5\.\d{1,3}\.\d{1,3})\b")
_ADDRESS_AT_FAULT = ("5.1.", "5.2.")
"""Enhanced codes (RFC 3463) about the mailbox; 5.7.x and the like are about us, and may be mended."""

_GONE = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPConnectError, aiosmtplib.SMTPTimeoutError, OSError)


class AddressRefused(Exception):
    """The server will never take mail to this address; `status` as in RFC 3463, such as 5.1.1."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class _Line:
    """One connection, how many mails went over it, and since when it is idle (monotonic seconds)."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self.client = client
        self.mails = 0
        self.since = time.monotonic()

    async def is_alive(self) -> bool:
        if not self.client.is_connected:
            return False
        if time.monotonic() - self.since < FRESH:
            return True
        with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            await self.client.noop(timeout=2.0)
            return True
        return False


class _Lines:
    """The idle connections of one event loop to one server."""

    def __init__(self) -> None:
        self.of: tuple[object, str] = (None, "")
        self.idle: list[_Line] = []
        self.closing: asyncio.Task[None] | None = None


_lines = _Lines()


async def hand_over(message: bytes, *, sender: str, recipient: str) -> None:
    """Give one message to the server of `APP_MAIL_URL`.

    Raises `AddressRefused`, `jobs.Away` when the server cannot be reached, or what else it said.
    """
    line = await _take()
    try:
        await line.client.sendmail(sender, [recipient], message)
    except aiosmtplib.SMTPRecipientsRefused as error:
        _put_back(line)  # the library has reset the session
        status = _fault_of_address(error.recipients[0])
        if status is None:
            raise
        raise AddressRefused(status) from error
    except _GONE as error:
        _hang_up(line)
        raise Away from error
    except aiosmtplib.SMTPResponseException as error:
        _hang_up(line)
        if error.code == CLOSING:
            raise Away from error
        raise
    except BaseException:  # cut off in the middle of a mail: nobody knows what the server would take the next line for
        _hang_up(line)
        raise
    _put_back(line)


def _fault_of_address(refusal: aiosmtplib.SMTPRecipientRefused) -> str | None:
    """Return the status of a refusal that no later try would change, or None."""
    if not 550 <= refusal.code <= 553:
        return None
    found = _ENHANCED.match(str(refusal.message))
    if found is None:
        return "5.0.0"
    return found[1] if found[1].startswith(_ADDRESS_AT_FAULT) else None


async def _take() -> _Line:
    url = settings().mail_url
    here = (asyncio.get_running_loop(), url)
    if _lines.of != here:
        await close()
        _lines.of = here
    while _lines.idle:
        line = _lines.idle.pop()
        if await line.is_alive():
            return line
        _hang_up(line)
    return _Line(await _connect(url))


async def _connect(url: str) -> aiosmtplib.SMTP:
    server = urlsplit(url)
    client = aiosmtplib.SMTP(
        hostname=server.hostname,
        port=server.port or 25,
        username=unquote(server.username) if server.username else None,
        password=unquote(server.password) if server.password else None,
        use_tls=server.scheme == "smtps",
        start_tls=None if server.scheme == "smtp" else False,
        timeout=TIMEOUT,
    )
    try:
        await client.connect()
    except _GONE as error:
        client.close()
        raise Away from error
    except BaseException:
        client.close()
        raise
    return client


def _put_back(line: _Line) -> None:
    line.mails += 1
    line.since = time.monotonic()
    if line.mails >= MOST_MAILS or not line.client.is_connected:
        _hang_up(line)
        return
    _lines.idle.append(line)
    if _lines.closing is None or _lines.closing.done():
        _lines.closing = asyncio.create_task(_close_idle(), context=Context())


async def _close_idle() -> None:
    """Close what nobody has used for a while, until nothing is open."""
    while _lines.idle:
        await asyncio.sleep(IDLE)
        long_ago = time.monotonic() - IDLE
        for line in [line for line in _lines.idle if line.since <= long_ago]:
            _lines.idle.remove(line)
            await _part(line)


async def close() -> None:
    """Take leave of the server: at the end of the process, or for another one."""
    lines, _lines.idle = _lines.idle, []
    if _lines.of[0] is not asyncio.get_running_loop():
        return  # the loop they belonged to is gone, and with it what they could be closed by
    if _lines.closing is not None:
        _lines.closing.cancel()
    for line in lines:
        await _part(line)


async def _part(line: _Line) -> None:
    with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
        await line.client.quit(timeout=1.0)
    _hang_up(line)


def _hang_up(line: _Line) -> None:
    line.client.close()
