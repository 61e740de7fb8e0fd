"""The secretary's desk for tests of assigning: a planted award, its client, and a worker that works at once."""

from typing import Any
from uuid import UUID

import httpx
from msgspec import Struct

from app.core import jobs
from app.core.db import fetch
from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.planting import Field
from tests.clock import Clock
from tests.conftest import client


class Desk(Struct, frozen=True):
    """A field, the client of its secretary, and the clock."""

    field: Field
    http: httpx.AsyncClient
    clock: Clock

    @property
    def api(self) -> str:
        """The address of the assignments in the API."""
        return f"/api/v1/awards/{self.field.slug}/rounds/{self.field.round}/assignments"

    @property
    def page(self) -> str:
        """The address of their page."""
        return f"/awards/{self.field.slug}/rounds/{self.field.round}/assignments"

    def entry(self, n: int) -> UUID:
        """The id of an entry."""
        return self.field.entries[n].id

    def judge(self, n: int) -> UUID:
        """The id of a judge."""
        return self.field.judges[n].id

    async def solved(self, **asked: Any) -> dict[str, Any]:
        """Ask for a proposal, let the worker work it out, and return the run."""
        answer = await self.http.post(f"{self.api}:solve", json=asked)
        assert answer.status_code == 202, answer.text
        assert answer.json()["state"] == "asked"
        await jobs.drain(self.clock)
        found: dict[str, Any] = (await self.http.get(answer.headers["location"])).json()
        return found

    async def take(self, run: str) -> httpx.Response:
        """Take a proposal."""
        return await self.http.post(f"{self.api}/runs/{run}/take")

    async def panels(self) -> dict[str, set[str]]:
        """Return who judges what: ids of entries and judges."""
        found = (await self.http.get(self.api)).json()
        return {panel["entry"]: {one["judge"] for one in panel["judges"]} for panel in found["panels"]}

    async def put(self, entry: int, *judges: int, reason: str = "") -> httpx.Response:
        """Let an entry have these judges."""
        body = {"judges": [str(self.judge(n)) for n in judges], "reason": reason}
        return await self.http.put(f"{self.api}/{self.entry(entry)}", json=body)


async def desk(app: Frame, clock: Clock, **columns: Any) -> Desk:
    """Plant a field, two judges per entry unless said otherwise, and sign its secretary in."""
    field = await planting.field(**{"tokens": False, "each": 2, **columns})
    return Desk(field, client(app, await planting.secretary(field.award)), clock)


async def standing(round_id: UUID) -> set[tuple[UUID, UUID]]:
    """Return the pairs that stand, as the table says."""
    rows = await fetch("SELECT entry, judge FROM assignment WHERE round = $1 AND removed_at IS NULL", round_id)
    return {(row["entry"], row["judge"]) for row in rows}
