"""Answers to the questions of the form: sealed with the key of the person who holds the ticket."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import msgspec

from app.core.db import fetch
from app.core.signing import seal, unseal, unwrap

Value = str | list[str]
"""A text, date, country, value or upload token; values of several choices."""


class Given(msgspec.Struct, frozen=True):
    """An answer given with a ticket; `key` is the wrapped key of the person, which seals it."""

    ticket: UUID
    question: UUID
    key: bytes
    value: Any


_WRITE = """
INSERT INTO answer (id, ticket, question, sealed, answered_at)
SELECT gen_random_uuid(), a.ticket, a.question, a.sealed, $4
FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS a (ticket, question, sealed)
ON CONFLICT (ticket, question) DO UPDATE SET sealed = EXCLUDED.sealed, answered_at = EXCLUDED.answered_at
"""


async def write(given: Sequence[Given], *, now: dt.datetime) -> None:
    """Store answers; an earlier one to the same question is replaced. One statement."""
    await fetch(
        _WRITE,
        [g.ticket for g in given],
        [g.question for g in given],
        [seal(unwrap(g.key), msgspec.json.encode(g.value)) for g in given],
        now,
    )


_OF = """
SELECT a.ticket, a.question, a.sealed, p.key FROM answer a JOIN ticket t ON t.id = a.ticket
JOIN person p ON p.id = t.person WHERE a.ticket = ANY($1::uuid[]) AND p.key IS NOT NULL
"""


async def of(tickets: Collection[UUID]) -> dict[UUID, dict[UUID, Value]]:
    """Return what was answered with each of these tickets, by question; erased people have answered nothing."""
    found: dict[UUID, dict[UUID, Value]] = {}
    for row in await fetch(_OF, list(tickets)):
        value = msgspec.json.decode(unseal(unwrap(row["key"]), row["sealed"]), type=Value)
        found.setdefault(row["ticket"], {})[row["question"]] = value
    return found


async def forget(tickets: Collection[UUID], *, but: Collection[UUID] = ()) -> None:
    """Delete the answers of these tickets, and the files sent with them, except to the questions in `but`."""
    ids, kept = list(tickets), list(but)
    for table in ("answer", "upload"):
        await fetch(f"DELETE FROM {table} WHERE ticket = ANY($1::uuid[]) AND question <> ALL($2::uuid[])", ids, kept)
