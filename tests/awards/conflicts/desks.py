"""Conflicts for tests: an award with known parties, clients of its secretary and its judges."""

from typing import Any
from uuid import UUID

import httpx
from msgspec import Struct

from app.awards.schemas import JudgeProfile, MemberBody
from app.core.db import fetch
from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.planting import Field
from tests.conftest import client

MEMBERS = (
    (MemberBody("緑湾エナジー株式会社", "company", "JP", lead=True), MemberBody("Fjordvarme ApS", "startup", "DK")),
    (MemberBody("横浜市", "city", "JP", lead=True), MemberBody("Kraftwerk Nord GmbH", "company", "DE")),
    (MemberBody("Hamakaze Labs", "startup", "JP", lead=True),),
)
"""Of the entries planted, in their order."""


class Desk(Struct, frozen=True):
    """A field with three entries, its secretary and its judges, each as a client."""

    field: Field
    secretary: httpx.AsyncClient
    judges: tuple[httpx.AsyncClient, ...]

    @property
    def api(self) -> str:
        """The address of the conflicts in the API."""
        return f"/api/v1/awards/{self.field.slug}/rounds/{self.field.round}/conflicts"

    @property
    def page(self) -> str:
        """The address of their page."""
        return f"/awards/{self.field.slug}/rounds/{self.field.round}/conflicts"

    @property
    def declarations(self) -> str:
        """The address of a judge's declaration in the API."""
        return f"/api/v1/awards/{self.field.slug}/declarations"

    def entry(self, n: int) -> UUID:
        """The id of an entry."""
        return self.field.entries[n].id

    def judge(self, n: int) -> UUID:
        """The id of a judge."""
        return self.field.judges[n].id

    async def conflicts(self) -> list[dict[str, Any]]:
        """What the secretary sees."""
        found: list[dict[str, Any]] = (await self.secretary.get(self.api)).json()["conflicts"]
        return found

    async def asked(self, n: int = 0) -> dict[str, Any]:
        """What a judge has to declare for."""
        found: dict[str, Any] = (await self.judges[n].get(self.declarations)).json()
        return found

    async def declare(self, n: int = 0, *organisations: str, **said: Any) -> httpx.Response:
        """Declare as a judge, with a tie to the items in which these organisations stand."""
        asked = await self.asked(n)
        tied = [
            item["key"]
            for item in asked["items"]
            if any(party["organisation"] in organisations for party in item["parties"])
        ]
        body = {"list": asked["list"], "tied": tied, "note": "My sister works there." if tied else "", **said}
        return await self.judges[n].post(self.declarations, json=body)


async def desk(
    app: Frame, *, profiles: tuple[JudgeProfile, ...] = (JudgeProfile(),) * 2, slug: str = "green-2026", **columns: Any
) -> Desk:
    """Plant an award whose round is open; `columns` are those of the round."""
    of = await planting.award(slug)
    group = await planting.category(of)
    round_id = await planting.round_(group, await planting.rubric(of), **columns)
    judges = [await planting.judge(of, profile=one) for one in profiles]
    await planting.seats(round_id, judges)
    bodies = [planting.body(f"Secret title {n}", members=some) for n, some in enumerate(MEMBERS)]
    entries = await planting.entries(group, bodies)
    await planting.open_round(round_id)
    field = Field(of, slug, group, round_id, UUID(int=0), tuple(judges), tuple(entries))
    secretary = client(app, await planting.secretary(of))
    return Desk(field, secretary, tuple(client(app, one.token) for one in judges))


async def acts() -> list[str]:
    """Return what the audit log says of conflicts, in order."""
    rows = await fetch("SELECT action FROM audit_entry WHERE action LIKE 'conflict.%' ORDER BY position")
    return [row["action"] for row in rows]
