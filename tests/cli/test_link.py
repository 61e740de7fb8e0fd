"""Sign-in links by the command line, against the servers of the tests."""

from urllib.parse import urlsplit

import pytest

from app.core.web.frame import Frame
from app.people import access
from tests.cli.test_token import machi
from tests.clock import Clock
from tests.conftest import client


@pytest.mark.committed
async def test_operators_link_opens_once_and_strongly(app: Frame, clock: Clock, committed: None) -> None:
    await access.add_account(role="officer", label="Sato", now=clock(), email="sato@example.org")
    made = machi("link", "--role", "officer", "--email", "Sato@example.org")
    assert made.returncode == 0, made.stderr
    address = urlsplit(made.stdout.strip())
    assert (address.netloc, address.path.startswith("/sign-in/")) == ("test", True)
    async with client(app) as http:
        assert (await http.post(address.path)).status_code == 303
        assert (await http.get("/office")).status_code == 200
        http.cookies.clear()
        assert (await http.post(address.path)).status_code == 410


@pytest.mark.committed
async def test_link_for_nobody(app: Frame, clock: Clock, committed: None) -> None:
    await access.add_account(role="staff", label="Sato", now=clock(), email="sato@example.org")
    made = machi("link", "--role", "officer", "--email", "sato@example.org")
    assert (made.returncode, made.stdout) == (1, "")
    assert "There is no such account" in made.stderr
