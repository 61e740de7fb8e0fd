"""What guests answered to an organiser's questions: with names where they are its guests, and without where not."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from app.core.db import fetch
from app.core.i18n import Text, text
from app.core.i18n import gettext as _
from app.core.signing import unseal, unwrap
from app.events import desk
from app.people.residence import country_name
from app.people.roles import Principal
from app.ticketing.guests.listed import AT_ONCE, sees_the_citys
from app.ticketing.registering import answers
from app.ticketing.schemas import Option

_QUESTIONS = """
SELECT q.id, q.slug, q.kind, q.label, q.options FROM question q
WHERE q.convention = $1 AND (q.event = $2 OR q.event IS NULL) AND (q.organiser = $3 OR ($4 AND q.organiser IS NULL))
  AND (q.retired_at IS NULL OR EXISTS (SELECT 1 FROM answer a WHERE a.question = q.id))
ORDER BY q.event IS NULL, q.position, q.slug
"""


class Asked(msgspec.Struct, frozen=True):
    """A question of the organiser's own."""

    id: UUID
    slug: str
    kind: str
    label: Text
    options: list[Option] = []

    def said(self, value: answers.Value) -> str:
        """Return an answer in the reader's words; of a file only that there is one."""
        if self.kind == "file":
            return _("File")
        if isinstance(value, list):
            return ", ".join(map(self._word, value))
        return self._word(value)

    def _word(self, value: str) -> str:
        labels = {option.value: text(option.label) for option in self.options}
        if self.kind == "country":
            return country_name(value)
        if self.kind == "yes_no":
            return _("Yes") if value == "yes" else _("No")
        return labels.get(value, value)


async def questions(*, event: UUID, principal: Principal) -> list[Asked]:
    """Return the questions of an event that are its organiser's own, and for officers the city's; raises `NotFound`."""
    at = await desk.own_event(principal=principal, event=event)
    rows = await fetch(_QUESTIONS, at.convention.id, event, at.event.organiser, sees_the_citys(principal))
    return [_asked(row) for row in rows]


def _asked(row: asyncpg.Record) -> Asked:
    words = {name: msgspec.json.decode(row[name]) for name in ("label", "options")}
    return msgspec.convert(dict(row) | words, Asked)


async def of_tickets(asked: Collection[Asked], tickets: Collection[UUID]) -> dict[UUID, dict[UUID, answers.Value]]:
    """Return the answers of these tickets to these questions alone, by ticket and question."""
    ours = {question.id for question in asked}
    found = await answers.of(tickets) if ours else {}
    return {ticket: {q: v for q, v in given.items() if q in ours} for ticket, given in found.items()}


class Tally(msgspec.Struct, frozen=True):
    """What people whom the organiser does not know answered to one question: how often what, in the order of words."""

    question: Asked
    answered: int
    words: list[tuple[str, int]]


_NAMELESS = """
SELECT a.question, a.sealed, p.key FROM answer a
JOIN ticket k ON k.id = a.ticket JOIN ticket_type t ON t.id = k.ticket_type JOIN person p ON p.id = k.person
WHERE a.question = ANY($1::uuid[]) AND p.key IS NOT NULL AND k.state <> 'canceled'
  AND t.organiser IS DISTINCT FROM $2::uuid AND NOT ($3 AND t.organiser IS NULL)
"""


async def nameless(*, event: UUID, principal: Principal) -> list[Tally]:
    """Return what holders of others' tickets answered to the organiser's questions; raises `NotFound`.

    Each question stands alone and its answers in the order of their words: nothing tells which belong together.
    """
    at = await desk.own_event(principal=principal, event=event)
    asked = await questions(event=event, principal=principal)
    rows = await fetch(_NAMELESS, [q.id for q in asked], at.event.organiser, sees_the_citys(principal))
    given: dict[UUID, list[answers.Value]] = {}
    for start in range(0, len(rows), AT_ONCE):
        for question, value in await asyncio.to_thread(_opened, rows[start : start + AT_ONCE]):
            given.setdefault(question, []).append(value)
    return [_tally(question, given[question.id]) for question in asked if question.id in given]


def _opened(rows: list[asyncpg.Record]) -> list[tuple[UUID, Any]]:
    return [(row["question"], msgspec.json.decode(unseal(unwrap(row["key"]), row["sealed"]))) for row in rows]


def _tally(question: Asked, given: list[answers.Value]) -> Tally:
    counted: dict[str, int] = {}
    for value in given:
        for one in value if isinstance(value, list) else [value]:
            words = question.said(one)
            counted[words] = counted.get(words, 0) + 1
    order = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return Tally(question, len(given), order)


def said(asked: Collection[Asked], given: Mapping[UUID, answers.Value]) -> list[tuple[Asked, answers.Value, str]]:
    """Return the questions that were answered, with the answers as they are kept and in words."""
    return [(q, given[q.id], q.said(given[q.id])) for q in asked if q.id in given]
