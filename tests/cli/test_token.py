"""Tokens by the command line, against the servers of the tests."""

import datetime as dt
import os
import subprocess
import sys

import httpx
import pytest

from app.core.db import fetch_one
from app.core.web.frame import Frame
from app.people import access
from app.people.roles import Scope
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


@pytest.mark.committed
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--role organiser", "An organiser's account belongs to an organisation; choose at least one. Name them by"),
        ("--role staff", "choose at least one. Name them by --scope gate=ID or --scope organiser=SLUG; several"),
        ("--role lead", "Leads answer for named gates; choose at least one."),
        ("--role judge", "Judges work for named awards; choose at least one. Name them by --scope award=ID"),
        ("--role secretary", "Secretaries answer for named awards; choose at least one."),
        ("--role partner", "A partner's account belongs to a partner city; choose at least one."),
        ("--role organiser --scope organiser=nobody", "There is no organiser nobody."),
        ("--role staff --scope gate=00000000-0000-0000-0000-000000000001", "There is no gate 00000000-"),
        ("--role judge --scope award=00000000-0000-0000-0000-000000000001", "There is no award 00000000-"),
        ("--role officer --scope organiser=x", "--scope organiser=x means nothing to the role officer; leave it out."),
        ("--role staff --scope door=x", "--scope door=x is none of organiser=SLUG, gate=ID, award=ID, partner=ID."),
        ("--role officer --days 366", "366 is not in the range 1<=x<=365"),
    ],
)
def test_accounts_without_the_rows_they_need_are_refused(words: str, sentence: str) -> None:
    made = machi("token", "create", *words.split())
    assert (made.returncode, made.stdout) == (2, "")
    assert sentence in " ".join(made.stderr.split())


@pytest.mark.committed
async def test_scope_is_kept_with_the_account(committed: None) -> None:
    row = await fetch_one("SELECT id, slug FROM organiser ORDER BY slug LIMIT 1")
    assert row is not None
    made = machi("token", "create", "--role", "organiser", "--scope", f"organiser={row['slug']}")
    principal = await access.by_token(made.stdout.strip(), dt.datetime.now(dt.UTC))
    assert (principal.role, principal.scope) == ("organiser", Scope(organisers=(row["id"],)))
