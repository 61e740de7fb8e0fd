"""The ledger: chained, idempotent by source, and every change is found."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from app.attendance import ledger
from app.attendance.ledger import COLUMNS, Entry, append, line, read, verify
from app.attendance.ledger_entry import Evidence
from app.core import chain
from app.core.db import DB, fetch
from tests.clock import NOW
from tests.doors import value

PERSON = UUID(int=7)
YEAR = {"starts_at": NOW - dt.timedelta(days=200), "ends_at": NOW + dt.timedelta(days=100)}


def entry(source: str | None = None, **changes: object) -> Entry:
    known = {
        "kind": "scan",
        "evidence_class": "A",
        "person": PERSON,
        "role": "visitor",
        "event": UUID(int=8),
        "scope": "core",
        "mode": "on_site",
        "scheduled_at": NOW,
        "starts_at": NOW,
        "ends_at": NOW,
        "residence": "KR",
    }
    return Entry(source=source, **(known | changes))  # type: ignore[arg-type]


@asynccontextmanager
async def statements() -> AsyncIterator[list[str]]:
    """Collect the statements that reach the server, without those of transactions."""
    seen: list[str] = []

    def note(query: asyncpg.connection.LoggedQuery) -> None:
        if not query.query.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")):
            seen.append(query.query)

    opened = DB.current_transaction.get()
    assert opened is not None
    with opened.connection.query_logger(note):
        yield seen
        await asyncio.sleep(0)  # the driver reports with the next turn of the loop


def test_line_is_fixed_for_ever() -> None:
    """Changing the canonical text would break every chain that exists."""
    values = {
        "position": 3, "kind": "scan", "evidence_class": "A", "recorded_at": NOW, "person": PERSON,
        "ticket": None, "event": UUID(int=8), "session": None, "scope": "core", "mode": "on_site",
        "scheduled_at": NOW, "scheduled_minutes": None, "starts_at": NOW, "ends_at": NOW + dt.timedelta(microseconds=1),
        "role": "visitor", "residence": "KR", "subject": None, "other": None, "operator": None, "reason": "雨",
        "source": "scan:a:1",
    }  # fmt: skip
    assert line(values[name] for name in COLUMNS) == (
        '[3,"scan","A",1795222800000000,"00000000-0000-0000-0000-000000000007",null,'
        '"00000000-0000-0000-0000-000000000008",null,"core","on_site",1795222800000000,null,1795222800000000,'
        '1795222800000001,"visitor","KR",null,null,null,"雨","scan:a:1"]'
    )


async def test_entries_are_read_as_evidence(rollback: None) -> None:
    assert await append([entry("a"), entry("b", residence=None)], now=NOW) == [1, 2]
    assert await read(**YEAR) == [
        Evidence(
            position=n,
            kind="scan",
            evidence_class="A",
            recorded_at=NOW,
            person=PERSON,
            role="visitor",
            event=UUID(int=8),
            scope="core",
            mode="on_site",
            scheduled_at=NOW,
            starts_at=NOW,
            ends_at=NOW,
            residence=residence,
        )
        for n, residence in ((1, "KR"), (2, None))
    ]


async def test_facts_of_other_years_stay_out_and_corrections_come_in(rollback: None) -> None:
    await append(
        [
            entry(scheduled_at=YEAR["starts_at"] - dt.timedelta(microseconds=1)),
            entry(scheduled_at=YEAR["starts_at"]),
            entry(scheduled_at=YEAR["ends_at"]),
            entry(kind="void", scheduled_at=None, subject=2, operator="officer:1", reason="test scan"),
        ],
        now=NOW,
    )
    assert [e.position for e in await read(**YEAR)] == [2, 4]


async def test_one_source_makes_one_entry(rollback: None) -> None:
    assert await append([entry("a"), entry("a"), entry("b")], now=NOW) == [1, 2]
    assert await append([entry("b"), entry("c"), entry(), entry()], now=NOW) == [3, 4, 5]
    assert await append([entry("a"), entry("c")], now=NOW) == []
    assert await verify() == (5, 0, await value("SELECT digest FROM chain_head WHERE name = 'ledger'"))


async def test_appending_takes_one_statement(rollback: None) -> None:
    await append([entry("first")], now=NOW)
    for count in (1, 300):
        async with statements() as seen:
            await append([entry(f"{count}:{n}") for n in range(count)], now=NOW)
        assert len(seen) == 1
    assert (await verify()).broken == 0


async def test_nothing_to_append_asks_nothing(rollback: None) -> None:
    async with statements() as seen:
        assert await append([], now=NOW) == []
    assert seen == []


MOST = ", ".join(name for name in (*COLUMNS[1:-1], "digest"))
"""All columns but those that are unique."""
OTHER = {
    **dict.fromkeys(("kind", "evidence_class", "role"), "'x'"),
    **dict.fromkeys(("scope", "mode", "residence", "operator", "reason", "source"), "'y'"),
    **dict.fromkeys(("recorded_at", "scheduled_at", "starts_at", "ends_at"), "now()"),
    **dict.fromkeys(("person", "ticket", "event", "session", "other"), "gen_random_uuid()"),
    **dict.fromkeys(("scheduled_minutes", "subject"), "77"),
}
"""Another value for every column that has nothing to do with the chain."""


def test_every_column_is_tampered_with() -> None:
    assert {*OTHER, "position"} == set(COLUMNS)


@pytest.mark.parametrize(
    "typed",
    ["", "plain", 'a "quote", and \\ more', "tab\t line\n bell\x07 \x1f \x7f", "雨 é \u2028 😀", "<&>/", "null", '","'],
)
async def test_server_writes_the_line_as_we_do(rollback: None, typed: str) -> None:
    moments = [dt.datetime(year, 12, 31, 23, 59, 59, 999_999, dt.UTC) for year in (1969, 2026, 2099)]
    made = [
        entry(
            typed, reason=typed, operator=typed, scheduled_at=moment, starts_at=None, scheduled_minutes=7, other=PERSON
        )
        for moment in moments
    ]
    await append([*made[:1], entry("bare", residence=None)], now=NOW)
    await append([msgspec.structs.replace(one, source=None) for one in made], now=moments[1])
    names = ", ".join(COLUMNS)
    rows = await fetch(f"SELECT {ledger.TEXT} AS line, {names} FROM ledger_entry ORDER BY position")
    assert len(rows) == 5
    for text, *values in rows:
        assert text == line(values)


async def test_sound_ledger_is_looked_through_by_the_server(rollback: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "STRETCH", 2)
    await append([entry(str(n), reason='"') for n in range(5)], now=NOW)
    async with statements() as seen:
        assert (await verify())[:2] == (5, 0)
    assert [statement for statement in seen if 'digest, "position"' in statement] == []
    assert len([statement for statement in seen if "sha256" in statement]) == 3


async def test_what_the_server_writes_otherwise_is_walked_and_no_error(
    rollback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "TEXT", "'something else'")
    await append([entry("a"), entry("b")], now=NOW)
    assert (await verify())[:2] == (2, 0)


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("UPDATE ledger_entry SET residence = 'JP' WHERE position = 2", 2),
        ("UPDATE ledger_entry SET starts_at = starts_at + interval '1 microsecond' WHERE position = 3", 3),
        ("UPDATE ledger_entry SET source = 'other' WHERE position = 1", 1),
        ("DELETE FROM ledger_entry WHERE position = 2", 2),
        ("DELETE FROM ledger_entry WHERE position = 4", 4),
        ("UPDATE chain_head SET position = 3 WHERE name = 'ledger'", 4),
        ("UPDATE chain_head h SET position = 3, digest = l.digest FROM ledger_entry l WHERE l.position = 3", 4),
        ("DELETE FROM chain_head WHERE name = 'ledger'", 1),
        ("UPDATE ledger_entry SET position = -5 WHERE position = 1", 1),
        ("UPDATE ledger_entry SET position = 0 WHERE position = 1", 1),
        ("UPDATE ledger_entry SET position = 9 WHERE position = 4", 4),
        ("UPDATE ledger_entry SET digest = sha256('x') WHERE position = 4", 4),
        (f"UPDATE ledger_entry SET position = {chain.LOWEST} WHERE position = 2", 1),
        (f"INSERT INTO ledger_entry (position, {MOST}) SELECT {chain.LOWEST}, {MOST} FROM ledger_entry LIMIT 1", 1),
        (f"INSERT INTO ledger_entry (position, {MOST}) SELECT 0, {MOST} FROM ledger_entry LIMIT 1", 1),
        (f"INSERT INTO ledger_entry (position, {MOST}) SELECT 9, {MOST} FROM ledger_entry LIMIT 1", 5),
        *[(f"UPDATE ledger_entry SET {column} = {other} WHERE position = 3", 3) for column, other in OTHER.items()],
    ],
)
async def test_tampered_row_is_found(rollback: None, tampering: str, broken: int) -> None:
    await append([entry(str(n)) for n in range(4)], now=NOW)
    assert (await verify()).broken == 0
    await fetch("SET LOCAL session_replication_role = replica")
    await fetch(tampering)
    assert (await verify()).broken == broken


@pytest.mark.parametrize("gone", range(1, 6))
async def test_gap_that_was_linked_over_is_found(rollback: None, monkeypatch: pytest.MonkeyPatch, gone: int) -> None:
    """Every link holds, also between two stretches; only the positions tell."""
    monkeypatch.setattr(chain, "STRETCH", 2)
    await append([entry(str(n)) for n in range(5)], now=NOW)
    await fetch("SET LOCAL session_replication_role = replica")
    await fetch("DELETE FROM ledger_entry WHERE position = $1", gone)
    digest = chain.GENESIS
    for position, text in await fetch(f"SELECT position, {ledger.TEXT} FROM ledger_entry ORDER BY position"):
        digest = chain.link(digest, text)
        await fetch("UPDATE ledger_entry SET digest = $2 WHERE position = $1", position, digest)
    await fetch("UPDATE chain_head SET digest = $1 WHERE name = 'ledger'", digest)
    assert (await verify()).broken == gone


async def test_ledger_refuses_changes(rollback: None) -> None:
    await append([entry("a")], now=NOW)
    with pytest.raises(asyncpg.RestrictViolationError):
        await fetch("UPDATE ledger_entry SET residence = 'JP'")


async def test_writers_at_once_make_one_chain(committed: None) -> None:
    async def work(name: str) -> list[int]:
        return await append([entry(f"{name}:{n}:{uuid4()}") for n in range(5)], now=NOW)

    positions = await asyncio.gather(*(work(str(n)) for n in range(12)))
    assert sorted(p for made in positions for p in made) == list(range(1, 61))
    assert (await ledger.verify()).broken == 0


async def test_ledger_verifies_in_batches_while_it_grows(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        for _ in range(40):
            await append([entry(), entry(), entry()], now=NOW)

    monkeypatch.setattr(chain, "BATCH", 7)
    writing = [asyncio.create_task(work()) for _ in range(3)]
    found = []
    while not all(task.done() for task in writing):
        found.append(await verify())
    await asyncio.gather(*writing)
    assert [verdict for verdict in found if verdict.broken] == []
    assert (await verify())[:2] == (360, 0)
