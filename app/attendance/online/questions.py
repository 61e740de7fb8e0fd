"""Questions and reactions in an online room, kept simple.

Whoever is in the room asks and sees his own questions; the event's staff see all of them without names, mark what was
answered and hide what does not belong there. Questions are sealed with the key of the person who asks: erasing the
person erases them. Reactions are counted and name nobody.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Literal
from uuid import UUID, uuid4

import asyncpg
from msgspec import Struct

from app.attendance.errors import EnoughAsked, SessionOver
from app.attendance.online import presence
from app.attendance.online.presence import Room
from app.core import audit, limits, once
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import NotFound
from app.core.signing import seal, unseal, unwrap
from app.core.validation import Line
from app.events import desk, sessions
from app.events.owned import OwnSession
from app.people.roles import Principal

Kind = Literal["applause", "heart", "laugh", "surprise"]
Deed = Literal["answered", "open", "hidden", "shown"]
MOST_QUESTIONS = 10
"""Of one ticket in one session."""
MOST_REACTIONS, WITHIN = 30, dt.timedelta(minutes=1)

_ASK = """
INSERT INTO room_question (id, session, ticket, sealed, asked_at)
SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM room_question WHERE session = $2 AND ticket = $3) < $6
ON CONFLICT (id) DO NOTHING RETURNING id
"""
_REACT = """
INSERT INTO room_reaction AS r (id, session, kind, given) VALUES ($1, $2, $3, 1)
ON CONFLICT (session, kind) DO UPDATE SET given = r.given + 1
"""
_ASKED = """
SELECT q.id, q.sealed, q.asked_at, q.answered_at, q.hidden_at, p.key
FROM room_question q JOIN ticket t ON t.id = q.ticket JOIN person p ON p.id = t.person
WHERE q.session = $1 AND ($2::uuid IS NULL OR q.ticket = $2) AND p.key IS NOT NULL ORDER BY q.asked_at, q.id
"""
_OF_PERSONS = """
SELECT q.ticket, q.session, q.sealed, q.asked_at, q.answered_at, q.hidden_at, p.key
FROM room_question q JOIN ticket t ON t.id = q.ticket JOIN person p ON p.id = t.person
WHERE t.person = ANY($1::uuid[]) AND p.key IS NOT NULL ORDER BY q.asked_at, q.id
"""
_SETTLE: dict[Deed, str] = {
    "answered": "answered_at = coalesce(answered_at, $3::timestamptz)",
    "open": "answered_at = NULL",
    "hidden": "hidden_at = coalesce(hidden_at, $3::timestamptz)",
    "shown": "hidden_at = NULL",
}


class Question(Struct, frozen=True):
    """The form of a question; `form` as in `once.row_id`."""

    words: Line
    form: UUID | None = None


class Reaction(Struct, frozen=True):
    """The form of a reaction: one button."""

    reaction: Kind


class Settled(Struct, frozen=True):
    """What staff did with a question."""

    question: UUID
    deed: Deed


class Asked(Struct, frozen=True):
    """A question as it is shown; nobody is named."""

    id: UUID
    words: str
    asked_at: dt.datetime
    answered: bool
    hidden: bool


async def ask(*, token: str, question: Question, now: dt.datetime) -> None:
    """Ask something in the room behind `token`; the same form makes one question.

    Raises as `presence.room`, `SessionOver`, and `EnoughAsked` after `MOST_QUESTIONS`.
    """
    room = await _open(token, now)
    row = await fetch_one("SELECT p.key FROM ticket t JOIN person p ON p.id = t.person WHERE t.id = $1", room.ticket)
    if row is None or row["key"] is None:
        raise NotFound
    made = once.row_id(question.form, question, room.ticket)
    sealed = seal(unwrap(row["key"]), question.words.encode())
    async with transaction():  # two at once of one ticket queue here, or both would be the last one allowed
        await fetch("SELECT 1 FROM ticket WHERE id = $1 FOR NO KEY UPDATE", room.ticket)
        added = await fetch_one(_ASK, made, room.session, room.ticket, sealed, now, MOST_QUESTIONS)
        if added is None and await fetch_one("SELECT 1 FROM room_question WHERE id = $1", made) is None:
            raise EnoughAsked


async def react(*, token: str, reaction: Reaction, now: dt.datetime) -> None:
    """Count a reaction. Raises as `presence.room`, `SessionOver`, and `TooManyRequests` of one ticket."""
    room = await _open(token, now)
    who = f"{room.ticket}\0{room.session}"
    await limits.take(purpose="reaction", subject=who, most=MOST_REACTIONS, within=WITHIN, now=now)
    await fetch(_REACT, uuid4(), room.session, reaction.reaction)


async def _open(token: str, now: dt.datetime) -> Room:
    room = await presence.room(token)
    if now >= room.ends_at:
        raise SessionOver
    return room


async def own(room: Room) -> list[Asked]:
    """Return what was asked with this ticket in this session, hidden ones too: nobody is told of that."""
    return _opened(await fetch(_ASKED, room.session, room.ticket))


async def reactions(session: UUID) -> dict[str, int]:
    """Return how often each reaction was given."""
    return {row["kind"]: row["given"] for row in await fetch("SELECT * FROM room_reaction WHERE session = $1", session)}


async def asked(*, principal: Principal, event: UUID, session: UUID) -> list[Asked]:
    """Return all questions of a session of one's own event, or raise `NotFound`."""
    await own_session(principal=principal, event=event, session=session)
    return _opened(await fetch(_ASKED, session, None))


async def settle(*, principal: Principal, event: UUID, session: UUID, settled: Settled, now: dt.datetime) -> None:
    """Mark a question of one's own event as answered or hidden, or take that back. Raises `NotFound`."""
    await own_session(principal=principal, event=event, session=session)
    sql = f"UPDATE room_question SET {_SETTLE[settled.deed]} WHERE id = $1 AND session = $2"
    values = [settled.question, session, *([now] if "$3" in sql else [])]
    async with transaction():
        if await fetch_one(f"{sql} RETURNING id", *values) is None:
            raise NotFound
        await audit.record(
            actor=principal.actor, action=f"room_question.{settled.deed}", subject=str(settled.question), now=now
        )


async def own_session(*, principal: Principal, event: UUID, session: UUID) -> OwnSession:
    """Return a session of one's own event, or raise `NotFound`."""
    return await sessions.own_session(own=await desk.own_event(principal=principal, event=event), session=session)


async def of_persons(persons: Sequence[UUID]) -> list[dict[str, object]]:
    """Return all that persons have asked, in words, for whoever wants to know what is held about him."""
    rows = [(row, _words(row)) for row in await fetch(_OF_PERSONS, list(persons))]
    left_out = {"sealed", "key"}
    return [
        {name: value for name, value in row.items() if name not in left_out} | {"words": words}
        for row, words in rows
        if words is not None
    ]


def _opened(rows: Sequence[asyncpg.Record]) -> list[Asked]:
    found = [(row, _words(row)) for row in rows]
    return [
        Asked(row["id"], words, row["asked_at"], row["answered_at"] is not None, row["hidden_at"] is not None)
        for row, words in found
        if words is not None
    ]


def _words(row: asyncpg.Record) -> str | None:
    """Open a question; None when the ticket was passed on since: it belongs to the holder before."""
    try:
        return unseal(unwrap(row["key"]), row["sealed"]).decode()
    except ValueError:
        return None
