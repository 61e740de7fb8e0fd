"""Put the programme of the demo convention into the database; the data decides everything, so twice is once."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from piccolo.columns import Column
from piccolo.table import Table

from app.core.db import transaction
from app.events.demo_rows import DemoConvention
from app.events.tables import Convention, Event, Gate, Organiser, Session, Venue


async def stored_first_day(*, slug: str) -> dt.date | None:
    """Return the first day of a convention in the database, or None; `load` with it to resume the same demo."""
    row = await Convention.select(Convention.first_day).where(Convention.slug == slug).first()
    return row["first_day"] if row else None


async def is_ours(*, data: DemoConvention) -> bool:
    """Tell whether the stored convention of this slug is the one of `data`: the same id on the same days."""
    ours = data.convention
    row = await Convention.select(Convention.id, Convention.first_day).where(Convention.slug == ours.slug).first()
    return row is not None and (row["id"], row["first_day"]) == (ours.id, ours.first_day)


async def seed_programme(*, data: DemoConvention, now: dt.datetime) -> None:
    """Insert what is missing of the convention, its organisers, venues, events, gates and sessions.

    Rows already there stay as they are, and so does the whole convention when its slug lies on other days. Raises
    `asyncpg.UniqueViolationError` when another convention has the number, or another organiser the slug.
    """
    changed = {"changed_at": now}
    published = {"published_at": now}
    async with transaction():
        await insert_missing(Convention, [data.convention], published, key=Convention.slug)
        if not await is_ours(data=data):
            return
        await insert_missing(Organiser, data.organisers)
        await insert_missing(Venue, data.venues)
        await insert_missing(Event, data.events, changed | published)
        await insert_missing(Gate, data.gates)
        await insert_missing(Session, data.sessions, changed)


async def insert_missing(
    table: type[Table],
    rows: Iterable[msgspec.Struct],
    extra: Mapping[str, Any] | None = None,
    *,
    key: Column | None = None,
) -> None:
    """Insert Structs whose fields are the columns of `table`, and `extra` in each, with one statement.

    A row whose `key` (its id when not given) is already there stays as it is.
    """
    new = [table(**columns(row), **(extra or {})) for row in rows]
    await table.insert(*new).on_conflict(target=key or table._meta.primary_key, action="DO NOTHING")  # noqa: SLF001


def columns(row: msgspec.Struct) -> dict[str, Any]:
    """Return the fields of a Struct as Piccolo takes them: ids and times as they are, the rest plain."""
    plain: dict[str, Any] = msgspec.to_builtins(row, builtin_types=(UUID, dt.date, dt.datetime))
    return plain
