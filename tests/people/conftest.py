"""Fixtures of the tests about people."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.core.sandbox.catcher import catcher
from app.core.settings import settings


@pytest.fixture
async def mailbox(tmp_path: Path) -> AsyncIterator[Path]:
    """A mail server that keeps what is sent."""
    before = os.environ.get("APP_MAIL_URL")
    async with catcher(tmp_path) as server:
        os.environ["APP_MAIL_URL"] = server.url
        settings.cache_clear()
        yield tmp_path
    os.environ.pop("APP_MAIL_URL") if before is None else os.environ.update(APP_MAIL_URL=before)
    settings.cache_clear()
