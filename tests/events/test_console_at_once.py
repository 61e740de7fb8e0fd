"""Several people save at the same moment: one wins, the others learn of it, nothing is lost."""

import asyncio
from uuid import UUID, uuid4

import msgspec
import pytest

from app.core.db import fetch
from app.core.errors import DomainError, Outdated
from app.events import desk, sessions
from app.events.edits import EventTexts, Lines, NewEvent, SessionEdit
from app.people.roles import Principal, Scope
from tests.clock import NOW
from tests.doors import value
from tests.events.consoles import two

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("committed")]
MANY = 8


async def somebody() -> tuple[Principal, NewEvent]:
    mine, _other = await two()
    convention = await value("SELECT id FROM convention")
    principal = Principal(role="organiser", account=UUID(int=3), scope=Scope(organisers=(mine,)))
    return principal, NewEvent(convention=convention, organiser=mine, title=Lines(en="Together"))  # type: ignore[arg-type]


async def clean(*events: UUID) -> None:
    for event in events:
        await fetch("DELETE FROM session WHERE event = $1", event)
        await fetch("DELETE FROM event WHERE id = $1", event)


async def test_one_of_many_saves_wins() -> None:
    principal, wish = await somebody()
    event = await desk.create(principal=principal, wish=wish, now=NOW)
    try:
        texts = [EventTexts(title=Lines(en=f"Title {n}")) for n in range(MANY)]
        results = await asyncio.gather(
            *(desk.change_texts(principal=principal, event=event, seen=0, wish=t, now=NOW) for t in texts),
            return_exceptions=True,
        )
        assert sum(result is None for result in results) == 1
        assert sum(isinstance(result, Outdated) for result in results) == MANY - 1
        winner = next(n for n, result in enumerate(results) if result is None)
        assert await value("SELECT title->>'en' FROM event WHERE id = $1", event) == f"Title {winner}"
        assert await value("SELECT revision FROM event WHERE id = $1", event) == 1
        assert await value("SELECT count(*) FROM audit_entry WHERE action = 'event.texts'") == 1
    finally:
        await clean(event)


async def test_events_of_one_title_made_at_once_have_addresses_of_their_own() -> None:
    principal, wish = await somebody()
    made = await asyncio.gather(*(desk.create(principal=principal, wish=wish, now=NOW) for _ in range(MANY)))
    try:
        rows = await fetch("SELECT slug FROM event WHERE id = ANY($1::uuid[])", made)
        assert {row["slug"] for row in rows} == {"together", *(f"together-{n}" for n in range(2, MANY + 1))}
    finally:
        await clean(*made)


async def test_form_sent_many_times_at_once_makes_one_event() -> None:
    principal, wish = await somebody()
    wish = msgspec.structs.replace(wish, form=uuid4())
    made = await asyncio.gather(*(desk.create(principal=principal, wish=wish, now=NOW) for _ in range(MANY)))
    other = await desk.create(
        principal=principal, wish=msgspec.structs.replace(wish, title=Lines(en="Another")), now=NOW
    )
    try:
        assert set(made) != {other}
        assert len(set(made)) == 1
        rows = await fetch("SELECT slug FROM event WHERE id = ANY($1::uuid[]) ORDER BY slug", [*made, other])
        assert [row["slug"] for row in rows] == ["another", "together"]
        assert await value("SELECT count(*) FROM audit_entry WHERE action = 'event.create'") == 2
    finally:
        await clean(made[0], other)


async def test_event_is_not_deleted_under_a_session_that_comes_in() -> None:
    principal, wish = await somebody()
    event = await desk.create(principal=principal, wish=wish, now=NOW)
    session = SessionEdit(
        title=Lines(en="Late"), day=NOW.date(), from_time="10:00", to_time="11:00", mode="online", capacity=5
    )
    try:
        results = await asyncio.gather(
            desk.delete(principal=principal, event=event, now=NOW),
            *(sessions.add(principal=principal, event=event, wish=session, now=NOW) for _ in range(MANY)),
            return_exceptions=True,
        )
        assert results[0] is None
        assert all(isinstance(result, UUID | DomainError) for result in results[1:])
        assert await value("SELECT count(*) FROM session WHERE event = $1", event) == 0
        assert (
            await value(
                "SELECT count(*) FROM quota q LEFT JOIN session s ON s.id = q.session"
                " WHERE q.session IS NOT NULL AND s.id IS NULL"
            )
            == 0
        )
    finally:
        await clean(event)
