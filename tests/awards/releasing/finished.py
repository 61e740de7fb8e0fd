"""Rounds for tests that are judged, closed and decided, and people at browsers who release them."""

import contextlib
import hashlib
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import httpx
import msgspec
from msgspec import Struct

from app.awards.reach import any_round
from app.awards.releasing import release
from app.awards.schemas import Decision
from app.core.db import fetch
from app.core.web.frame import Frame
from app.people import access
from app.people.roles import Principal, Role, Scope
from tests.awards import planting
from tests.awards.planting import Field
from tests.clock import NOW
from tests.conftest import client
from tests.doors import browser_of

HTML = {"accept": "text/html"}
LATER = NOW + 10 * planting.DAY
"""When rounds and votes of the tests are over."""


class Desk(Struct, frozen=True):
    """Somebody who runs an award, at a browser, having just proved who he is."""

    http: httpx.AsyncClient
    csrf: str
    account: UUID
    role: Role

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path)

    async def post(self, path: str, **form: Any) -> httpx.Response:
        return await self.http.post(path, data={"csrf": self.csrf, **form})

    @property
    def principal(self) -> Principal:
        return Principal(role=self.role, account=self.account)


@contextlib.asynccontextmanager
async def desk(app: Frame, award: UUID, role: Role = "secretary", email: str | None = None) -> AsyncIterator[Desk]:
    scope = Scope(awards=(award,)) if role == "secretary" else Scope()
    account = await access.add_account(role=role, label=f"{role} at a desk", now=NOW, scope=scope, email=email)
    async with client(app, accept="text/html") as http:
        yield Desk(http, await browser_of(http, account), account, role)


def level(seed: str) -> float:
    """Return one of the five levels, the same for the same words."""
    return float(1 + hashlib.sha256(seed.encode()).digest()[0] % 5)


async def judged(*, comments: bool = True, **columns: Any) -> Field:
    """Plant a field in which everybody has judged everything; `columns` as for `planting.field`."""
    planted = await planting.field(**columns)
    names = {j.id: j.pseudonym for j in planted.judges}
    numbers = {e.id: e.number for e in planted.entries}
    for (entry, judge), key in (await planting.everybody(planted)).items():
        words = f"{names[judge]} of {numbers[entry]}"
        values = {c.key: level(words + c.key) for c in planting.RUBRIC.criteria}
        said = f"Well done, number {numbers[entry]}: comment {level(words):.0f}" if comments else ""
        await planting.sheet(key, values, to_applicant=said, to_committee=f"secret of {words}")
    return planted


async def decide(planted: Field, places: Sequence[int] | None = None, **said: Any) -> None:
    """Close the round and write minutes: entries in their order get these places, 1, 2, 3 ... when none are given."""
    await fetch("UPDATE award_round SET state = 'closed' WHERE id = $1 AND state = 'open'", planted.round)
    given = places or range(1, len(planted.entries) + 1)
    decision = Decision(places=tuple(zip((e.id for e in planted.entries), given, strict=False)), **said)
    account = await access.add_account(role="secretary", label="Minutes", now=NOW)
    await fetch(
        "INSERT INTO deliberation (round, held_at, present, decision, minutes, account, written_at)"
        " VALUES ($1, $2, $3, $4, 'Mr Tanaka spoke first.', $5, $2)",
        planted.round,
        NOW,
        msgspec.json.encode([j.id for j in planted.judges]).decode(),
        msgspec.json.encode(decision).decode(),
        account,
    )


async def decided(places: Sequence[int] | None = None, **columns: Any) -> Field:
    """Plant a round that is judged, closed and decided."""
    planted = await judged(**columns)
    await decide(planted, places)
    return planted


async def runner(award: UUID, role: Role = "secretary") -> Principal:
    """Return somebody who runs an award."""
    scope = Scope(awards=(award,)) if role == "secretary" else Scope()
    return Principal(role=role, account=await access.add_account(role=role, label=role, now=NOW, scope=scope))


async def released(planted: Field, words: Mapping[UUID, dict[str, str]] = {}) -> UUID:
    """Release the result of a round by two people, and return the release."""
    found = await any_round(planted.round)
    one, other = await runner(planted.award), await runner(planted.award, "officer")
    made = await release.propose(found=found, principal=one, words=words, now=LATER)
    await release.approve(found=found, release=made, principal=other, now=LATER)
    return made


def api(planted: Field, part: str) -> str:
    """Return an address of the round's API."""
    return f"/api/v1/awards/{planted.slug}/rounds/{planted.round}/{part}"


def page(planted: Field, *parts: str) -> str:
    """Return the address of the release at the console."""
    return "/".join([f"/awards/{planted.slug}/rounds/{planted.round}/release", *parts])


def shuffled(rows: Sequence[Any], seed: int) -> list[Any]:
    """Return rows in another order."""
    return random.Random(seed).sample(rows, len(rows))
