"""`security.txt` names a contact and an end (RFC 9116)."""

import datetime as dt

import httpx
import msgspec
import pytest

from app.core import settings as module
from app.core.web import well_known
from tests.clock import Clock


async def test_security_txt_without_contact(http: httpx.AsyncClient) -> None:
    assert (await http.get("/.well-known/security.txt")).status_code == 404


async def test_security_txt_names_contact_and_end(
    http: httpx.AsyncClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = msgspec.structs.replace(module.settings(), contact="mailto:security@example.jp")
    monkeypatch.setattr(well_known, "settings", lambda: ours)
    answer = await http.get("/.well-known/security.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert fields["Contact"] == "mailto:security@example.jp"
    assert (
        dt.timedelta(days=363) < dt.datetime.fromisoformat(fields["Expires"]) - clock.moment <= dt.timedelta(days=365)
    )
    assert fields["Canonical"].endswith("/.well-known/security.txt")
