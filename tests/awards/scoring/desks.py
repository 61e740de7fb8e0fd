"""Judges at their desks, for tests: an award planted and assigned, a client for each judge."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
from msgspec import Struct

from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.planting import Field
from tests.conftest import client

FULL = {"impact": 4, "design": 3, "scaling": 5}
"""A value for every criterion of `planting.RUBRIC`."""


class Planted(Struct, frozen=True):
    """A field with its assignments by (entry, judge)."""

    field: Field
    assigned: dict[tuple[UUID, UUID], UUID]

    def scores(self, entry: int = 0) -> str:
        """The address of a sheet's API."""
        return f"{self.api}/scores/{self.field.entries[entry].id}"

    @property
    def api(self) -> str:
        """The address of the round's API."""
        return f"/api/v1/awards/{self.field.slug}/rounds/{self.field.round}"

    @property
    def desk(self) -> str:
        """The page of the queue."""
        return f"/judging/{self.field.slug}/{self.field.round}"

    def page(self, entry: int = 0) -> str:
        """The page of a sheet."""
        return f"{self.desk}/{self.field.entries[entry].id}"

    def assignment(self, entry: int = 0, judge: int = 0) -> UUID:
        """The assignment of an entry to a judge, by their places."""
        return self.assigned[self.field.entries[entry].id, self.field.judges[judge].id]


async def planted(**columns: Any) -> Planted:
    """Plant a field in which everybody judges everything; `columns` as for `planting.field`."""
    field = await planting.field(**columns)
    return Planted(field, await planting.everybody(field))


def at_desk(app: Frame, where: Planted, judge: int = 0) -> httpx.AsyncClient:
    """Return the client of a judge."""
    return client(app, where.field.judges[judge].token)


async def put(
    http: httpx.AsyncClient, address: str, seen: int, values: Mapping[str, float | None] | None = None, **said: Any
) -> httpx.Response:
    """Save a sheet made from a revision; every criterion has a value unless said otherwise."""
    body = {"values": dict(FULL if values is None else values), **said}
    return await http.put(address, json=body, headers={"if-match": f'"{seen}"'})
