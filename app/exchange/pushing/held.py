"""What we hold of one pushed event: a single one, or a series with its instances."""

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.core.db import fetch
from app.exchange.merging import rows
from app.exchange.merging.rows import SELECTED
from app.exchange.schemas import Incoming

_OF = f"""
SELECT e.id, e.state, e.revision, {SELECTED} FROM exchanged_event e
WHERE e.source = $1 AND e.uid = $2 ORDER BY e.recurrence_id
"""
_DELETE = """
UPDATE exchanged_event SET state = 'deleted', state_at = $2, changed_at = $2, revision = revision + 1
WHERE id = ANY($1::uuid[])
"""


class Instance(Struct, frozen=True):
    """One row: the event, how many versions of it there were, whether it is deleted."""

    id: UUID
    event: Incoming
    revision: int
    deleted: bool

    @property
    def key(self) -> str:
        """What tells it from the others of its series."""
        return self.event.recurrence_id


class Held(Struct, frozen=True):
    """Everything of one UID."""

    instances: tuple[Instance, ...] = ()

    @property
    def living(self) -> tuple[Instance, ...]:
        """Those that are not deleted."""
        return tuple(one for one in self.instances if not one.deleted)

    @property
    def etag(self) -> str:
        """The version, as an entity tag; "" when there is no such event, or not any more."""
        if not self.living:
            return ""
        told = "\n".join(f"{one.id} {one.revision}" for one in self.living)
        return f'"{hashlib.sha256(told.encode()).hexdigest()[:24]}"'

    def without(self, keys: Collection[str]) -> list[UUID]:
        """Return the instances that live and are none of these."""
        return [one.id for one in self.living if one.key not in keys]


async def held(source: UUID, uid: str) -> Held:
    """Return what a source holds of a UID."""
    found = await fetch(_OF, source, rows.stored_uid(uid))
    return Held(tuple(_instance(row) for row in found))


def _instance(row: asyncpg.Record) -> Instance:
    return Instance(row["id"], rows.incoming(row), row["revision"], row["state"] == "deleted")


async def delete(ids: Sequence[UUID], *, now: dt.datetime) -> None:
    """Leave nothing of these but a tombstone."""
    if ids:
        await fetch(_DELETE, list(ids), now)
