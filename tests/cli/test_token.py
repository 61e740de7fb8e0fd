"""Tokens by the command line, against the servers of the tests."""

import os
import subprocess
import sys

import httpx
import pytest

from app.core.web.frame import Frame
from app.people import access
from tests.conftest import client


def machi(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", *words]
    return subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, check=False)


async def status(app: Frame, token: str) -> int:
    access.forget()
    async with client(app, token) as http:
        answer: httpx.Response = await http.get("/start", headers={"accept": "text/html"})
        return answer.status_code


@pytest.mark.committed
async def test_token_opens_until_it_is_revoked(app: Frame, committed: None) -> None:
    made = machi("token", "create", "--role", "officer", "--email", "officer@example.org")
    token = made.stdout.strip()
    assert (made.returncode, await status(app, token)) == (0, 200)

    again = machi("token", "create", "--role", "officer", "--email", "officer@example.org")
    assert (again.returncode, again.stderr.strip().startswith("machi: Another account")) == (1, True)

    assert machi("token", "revoke", token).returncode == 0
    assert await status(app, token) == 401
    assert machi("token", "revoke", token).returncode == 1
