"""Synchronisation (RFC 6578): after k changes exactly k items; what has gone is told; an old token leads to all."""

import random
import re
from uuid import UUID

import httpx
import pytest

from app.core.db import fetch
from tests.clock import NOW, Clock
from tests.doors import value
from tests.events.rows import add_session
from tests.exchange.dav.asking import PUBLIC, Program, answers, token_in
from tests.exchange.dav.test_tree import basic, partner

EXPIRED = "<D:valid-sync-token/>"


async def synced(program: Program, token: str = "", path: str = PUBLIC) -> tuple[dict[str, int], str]:
    """Return the status of each item that is told, and the token of the answer."""
    answer = await program.sync(path, token)
    return {href: one.status for href, one in answers(answer).items()}, token_in(answer)


async def sessions() -> list[UUID]:
    rows = await fetch(
        "SELECT s.id FROM session s JOIN publication p ON p.subject = s.id AND p.gone_at IS NULL ORDER BY s.id"
    )
    return [row["id"] for row in rows]


def href(session: UUID, path: str = PUBLIC) -> str:
    return f"{path}session-{session}@test.ics"


async def rename(session: UUID, title: str) -> None:
    """Change a session as the console does: a new title, a new revision."""
    sql = "UPDATE session SET title = jsonb_build_object('en', $2::text), revision = revision + 1, changed_at = $3"
    await fetch(f"{sql} WHERE id = $1", session, title, NOW)


async def test_first_synchronisation_tells_everything_and_the_next_nothing(http: httpx.AsyncClient) -> None:
    program = Program(http)
    found, token = await synced(program)
    listed = await program.propfind(PUBLIC, depth="1")
    assert set(found.values()) == {200}
    assert {PUBLIC, *found} == set(listed)
    assert token == listed[PUBLIC].text("D:sync-token")
    assert await synced(program, token) == ({}, token)


async def test_change_that_does_not_show_is_none(http: httpx.AsyncClient) -> None:
    program = Program(http)
    _found, token = await synced(program)
    await fetch("UPDATE session SET revision = revision + 1, changed_at = $1", NOW)
    assert await synced(program, token) == ({}, token)


async def test_after_k_changes_exactly_k_items(http: httpx.AsyncClient, clock: Clock) -> None:
    """Random rounds; a session that changes five times between two looks is told once."""
    dice = random.Random(20261121)
    program = Program(http)
    _found, token = await synced(program)
    known = await sessions()
    for number in range(8):
        clock.forward(minutes=1)
        chosen = dice.sample(known, dice.randrange(6))
        for session in chosen:
            for again in range(dice.randrange(1, 4)):
                await rename(session, f"{number} {again}")
                if dice.random() < 0.5:
                    await program.propfind(PUBLIC)  # the log is brought up to date in between
        if dice.random() < 0.5:
            added = await add_session(f"new-{number}")
            chosen.append(added)
            known.append(added)
        found, token = await synced(program, token)
        assert found == dict.fromkeys(map(href, chosen), 200), number


async def test_canceled_stays_and_goes_after_thirty_days_with_a_tombstone(
    http: httpx.AsyncClient, clock: Clock
) -> None:
    program = Program(http)
    _found, token = await synced(program)
    session = (await sessions())[0]
    await fetch("UPDATE session SET canceled_at = $2, revision = revision + 1 WHERE id = $1", session, NOW)
    found, token = await synced(program, token)
    assert found == {href(session): 200}
    assert "STATUS:CANCELLED" in (await program.ask("GET", href(session))).text
    clock.forward(days=40)
    found, token = await synced(program, token)
    assert found == {href(session): 404}
    assert (await program.ask("GET", href(session))).status_code == 404
    assert href(session) not in await program.propfind(PUBLIC, depth="1")
    assert await synced(program, token) == ({}, token)


async def test_token_older_than_the_tombstones_leads_to_a_clean_full_reading(
    http: httpx.AsyncClient, clock: Clock
) -> None:
    program = Program(http)
    _found, old = await synced(program)
    first, second, *_rest = await sessions()
    await fetch("UPDATE session SET canceled_at = $2, revision = revision + 1 WHERE id = $1", first, NOW)
    _found, before = await synced(program, old)
    clock.forward(days=40)
    gone, between = await synced(program, before)
    assert gone == {href(first): 404}
    clock.forward(days=401)
    await rename(second, "later")
    for expired in (old, before):
        answer = await program.sync(PUBLIC, expired)
        assert answer.status_code == 403
        assert EXPIRED in answer.text
    found, after = await synced(program, between)
    assert found == {href(second): 200}, "who had heard of what went may go on"
    fresh, same = await synced(program)
    assert (set(fresh.values()), same) == ({200}, after)
    assert href(first) not in fresh


@pytest.mark.parametrize("how", ["words", "another calendar", "language", "future", "part", "empty number", "long"])
async def test_token_of_something_else_is_refused(http: httpx.AsyncClient, how: str) -> None:
    program = Program(http)
    _found, token = await synced(program)
    number = int(re.findall(r"sync/(\d+)-", token)[0])
    wrong = {
        "words": "data:,hello",
        "another calendar": token.replace("yokohama-2026", "yokohama-2025"),
        "language": token.replace("2026/", "2026.en/"),
        "future": token.replace(f"sync/{number}-", f"sync/{number + 1}-"),
        "part": token[:-1] + ("0" if token[-1] != "0" else "1"),
        "empty number": token.replace(f"sync/{number}-", "sync/-"),
        "long": token.replace(f"sync/{number}-", f"sync/{'9' * 30}-"),
    }[how]
    answer = await program.sync(PUBLIC, wrong)
    assert answer.status_code == 403
    assert EXPIRED in answer.text


async def test_other_part_of_the_log_needs_a_full_reading(http: httpx.AsyncClient) -> None:
    """When the agreement says something else, items come and go without a change of their own."""
    agreement, key = await partner()
    program, path = Program(http, authorization=basic("fukuoka", key)), "/dav/partners/fukuoka/"
    before, token = await synced(program, path=path)
    await fetch(
        """UPDATE agreement SET publishes = '{"scopes": ["core"], "partners": true}' WHERE id = $1""", agreement
    )
    assert EXPIRED in (await program.sync(path, token)).text
    after, _token = await synced(program, path=path)
    assert set(after) < set(before)


@pytest.mark.parametrize("limit", [1, 7, 1000])
async def test_large_answers_come_in_parts(http: httpx.AsyncClient, limit: int) -> None:
    program = Program(http)
    whole, end = await synced(program)
    found: dict[str, int] = {}
    token, parts = "", 0
    while True:
        answer = await program.sync(PUBLIC, token, limit)
        told = {one: said.status for one, said in answers(answer).items()}
        token, parts = token_in(answer), parts + 1
        more = told.pop(PUBLIC, None)
        found |= told
        assert len(told) <= limit
        assert more in {507, None}
        if more is None:
            break
    assert (found, token) == (whole, end)
    assert parts == -(-len(whole) // limit)


async def test_parts_go_on_though_tombstones_were_forgotten_before(http: httpx.AsyncClient, clock: Clock) -> None:
    """A change number of the first part may lie below what is forgotten; who began after that has missed nothing."""
    program = Program(http)
    session = (await synced(program)) and (await sessions())[0]
    await fetch("UPDATE session SET canceled_at = $2, revision = revision + 1 WHERE id = $1", session, NOW)
    await synced(program)
    clock.forward(days=40)
    await synced(program)
    clock.forward(days=401)
    await synced(program)
    forgotten = await value("SELECT forgotten FROM publication_log")
    first = token_in(await program.sync(PUBLIC, "", 1))
    assert int(re.findall(r"sync/(\d+)-", first)[0]) < int(str(forgotten))
    assert (await program.sync(PUBLIC, first, 1)).status_code == 207
