"""Fixtures of the ticketing tests."""

import email
from collections.abc import AsyncIterator, Callable
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

import app
from app.core import smtp
from app.core.sandbox.catcher import catcher
from app.core.sandbox.mailbox import folder_of
from app.core.settings import settings

Mailbox = Callable[[], list[EmailMessage]]


@pytest.fixture(scope="session")
def fonts() -> Path:
    """The directory of the TTF files that the front-end build lays down."""
    directory = Path(app.__file__).parent / "frontend" / "dist" / "fonts"
    if not any(directory.glob("*.ttf")):
        pytest.fail(f"No fonts in {directory}: run `npm ci && npm run build` first.")
    return directory


@pytest.fixture
async def mailbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Mailbox]:
    """A real SMTP server; returns the messages it has received."""
    async with catcher(tmp_path) as server:
        monkeypatch.setenv("APP_MAIL_URL", server.url)
        settings.cache_clear()
        yield lambda: [
            email.message_from_bytes(p.read_bytes(), _class=EmailMessage, policy=default)
            for p in sorted(folder_of(tmp_path).glob("*.eml"))
        ]
        await smtp.close()
    monkeypatch.undo()
    settings.cache_clear()
