"""Power that is taken away while it is being used: either it came before, or it does not count."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.core.db import fetch_one, transaction
from app.core.web.frame import Frame
from app.people import access, accounts, devices, invitations
from app.people.accounts import Change
from app.people.devices import Provide
from app.people.invitations import Invite
from app.people.roles import Principal, Scope
from tests.clock import NOW, Clock
from tests.doors import WAITING, value
from tests.people.test_invitations import EMAIL, invited, link, two_gates


async def while_open(change: Callable[[], Awaitable[None]], work: Coroutine[Any, Any, object]) -> str:
    """Begin `work` while the transaction of a change is still open, and return the name of what comes of it."""
    changed, release = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with transaction():
            await change()
            changed.set()
            await release.wait()

    holding = asyncio.create_task(hold())
    await changed.wait()
    task = asyncio.create_task(work)
    while await value(WAITING) == 0 and not task.done():
        pass
    release.set()
    await holding
    (found,) = await asyncio.gather(task, return_exceptions=True)
    return type(found).__name__


@pytest.mark.parametrize(("what", "refusal"), [("suspended", "Unauthorized"), ("narrowed", "NotFound")])
@pytest.mark.parametrize("work", ["invite", "send_again", "provide"])
@pytest.mark.committed
async def test_who_loses_power_in_the_same_moment_offers_nothing(
    app: Frame, committed: None, what: str, refusal: str, work: str
) -> None:
    mine, other = await two_gates()
    scope = Scope(organisers=(mine.organiser,))
    boss = await access.add_account(role="organiser", label="Sato", now=NOW, scope=scope)
    await invited(app, "officer", "staff", gates=str(mine.id))
    invitation = await value("SELECT id FROM invitation")
    admin, principal = Principal("admin", UUID(int=1)), Principal("organiser", boss, scope=scope)

    async def change() -> None:
        if what == "suspended":
            await accounts.suspend(account=boss, principal=admin, now=NOW)
        else:
            seen = (await accounts.one(account=boss, principal=admin)).digest
            asked = Change(label="Sato", organisers=(other.organiser,), seen=seen)
            await accounts.change(account=boss, asked=asked, principal=admin, now=NOW)

    invite = Invite(role="staff", email=EMAIL, label="x", language="en", gates=(mine.id,))
    works: dict[str, Coroutine[Any, Any, object]] = {
        "invite": invitations.invite(asked=invite, principal=principal, now=NOW),
        "send_again": invitations.send_again(invitation=invitation, principal=principal, now=NOW),  # type: ignore[arg-type]
        "provide": devices.provide(asked=Provide("staff", "Phone", (mine.id,)), principal=principal, now=NOW),
    }
    chosen = works.pop(work)
    for left in works.values():
        left.close()
    assert await while_open(change, chosen) == refusal
    assert (await value("SELECT count(*) FROM invitation"), await value("SELECT count(*) FROM provisioning")) == (1, 0)
    assert await value("SELECT count(*) FROM job") == 1


@pytest.mark.parametrize("clicks_first", [True, False])
@pytest.mark.committed
async def test_invitation_is_not_accepted_while_its_inviter_is_suspended(
    app: Frame, committed: None, clock: Clock, mailbox: Path, *, clicks_first: bool
) -> None:
    mine, _other = await two_gates()
    boss = await access.add_account(role="organiser", label="Sato", now=NOW, scope=Scope(organisers=(mine.organiser,)))
    principal = Principal("organiser", boss, scope=Scope(organisers=(mine.organiser,)))
    asked = Invite(role="staff", email=EMAIL, label="x", language="en", gates=(mine.id,))
    await invitations.invite(asked=asked, principal=principal, now=NOW)
    token = (await link(mailbox, clock)).rpartition("/")[2]

    async def suspend() -> None:
        await accounts.suspend(account=boss, principal=Principal("admin", UUID(int=1)), now=NOW)

    async def accept() -> None:
        await invitations.accept(token=token, now=NOW)

    if clicks_first:
        assert await while_open(accept, suspend()) == "NoneType"
        row = await fetch_one("SELECT withdrawn_at, account IS NOT NULL AS taken FROM invitation")
        assert row is not None
        assert tuple(row) == (None, True), "what was accepted before is no longer an offer"
    else:
        assert await while_open(suspend, accept()) == "InvitationClosed"
        assert await value("SELECT count(*) FROM account WHERE role = 'staff'") == 0
