"""A mail server that keeps every message and sends none, for the demo and for tests.

The reading side is in `mailbox`, and named here as well for those who only know of the catcher.
"""

import asyncio
import contextlib
import datetime as dt
import errno
from collections.abc import AsyncIterator, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from app.core.sandbox import account as accounts
from app.core.sandbox import places
from app.core.sandbox.errors import Report, SandboxMissing, SandboxNotWritable, explain_os_error, quiet
from app.core.sandbox.mailbox import (
    Attachment,
    MessageSummary,
    MessageView,
    folder_of,
    message,
    messages,
    store,
)

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP

__all__ = ["Attachment", "MailCatcher", "MessageSummary", "MessageView", "catcher", "message", "messages"]

NAME = "The mail catcher"
LARGEST = 33_554_432
"""Bytes of one message."""

logger = structlog.get_logger(__name__)


class MailCatcher(msgspec.Struct, frozen=True, kw_only=True):
    """A listening catcher; `url` is a value for `APP_MAIL_URL`."""

    url: str
    port: int


def _clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class _Keeper:
    """What aiosmtpd calls; the answers are lines of SMTP (RFC 5321, 4.2)."""

    def __init__(self, directory: Path, clock: Callable[[], dt.datetime]) -> None:
        self.directory = directory
        self.clock = clock

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802
        """Answer 250 only when the message is on the disk."""
        try:
            await asyncio.to_thread(
                store,
                self.directory,
                content=envelope.content or b"",
                sender=str(envelope.mail_from or ""),
                recipients=[str(one) for one in envelope.rcpt_tos],
                now=self.clock(),
            )
        except OSError as error:
            logger.exception("mail_not_kept")
            full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            return "452 4.3.1 No space left for mail" if full else "451 4.3.0 The message could not be kept"
        return "250 2.0.0 Kept"


@contextlib.asynccontextmanager
async def catcher(
    directory: Path,
    *,
    port: int | None = None,
    host: str = "127.0.0.1",
    clock: Callable[[], dt.datetime] = _clock,
    report: Report = quiet,
) -> AsyncIterator[MailCatcher]:
    """Catch mail into `directory`/mail while the block runs; without `port` a free one is chosen.

    Raises:
        SandboxError: one of its subclasses, with a sentence that says what to do.
    """
    if find_spec("aiosmtpd") is None:
        raise SandboxMissing("The embedded servers are not installed; run: pip install 'machigurumi[sandbox]'")
    folder = folder_of(directory)
    _require_folder(folder)
    chosen = port or places.free_port()
    report(f"Starting {NAME[0].lower()}{NAME[1:]}")
    loop = asyncio.get_running_loop()
    keeper = _Keeper(directory, clock)
    try:
        server = await loop.create_server(lambda: _protocol(keeper, loop), host, chosen)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            places.require_free(chosen, name=NAME)
        raise explain_os_error(error, name=NAME, directory=folder) from error
    try:
        yield MailCatcher(url=f"smtp://{host}:{chosen}", port=chosen)
    finally:
        server.close()
        await server.wait_closed()


def _protocol(keeper: _Keeper, loop: asyncio.AbstractEventLoop) -> "SMTP":
    from aiosmtpd.smtp import SMTP  # noqa: PLC0415 - part of the optional wheel set

    return SMTP(
        keeper, hostname="localhost", ident="Machigurumi", data_size_limit=LARGEST, enable_SMTPUTF8=True, loop=loop
    )


def _require_folder(folder: Path) -> None:
    try:
        accounts.make_folder(folder)
        probe = folder / ".probe"
        probe.touch()
        probe.unlink()
    except PermissionError:
        raise SandboxNotWritable(f"{NAME} cannot write to {folder}; make it writable.") from None
    except OSError as error:
        raise explain_os_error(error, name=NAME, directory=folder) from error
