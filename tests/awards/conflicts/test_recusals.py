"""A recused pair is refused by the database itself: alone, in bulk, by COPY, by an update, and whoever comes first."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.core.db import connection, fetch, transaction
from tests.awards import planting
from tests.awards.planting import Field
from tests.clock import NOW
from tests.doors import value

ASSIGN = "INSERT INTO assignment (id, round, entry, judge, source, made_at) VALUES ($1, $2, $3, $4, 'manual', $5)"
RECUSE = "INSERT INTO recusal (judge, entry, recused_at) VALUES ($1, $2, $3)"
BOTH = """
SELECT count(*) FROM assignment a JOIN recusal r ON r.judge = a.judge AND r.entry = a.entry WHERE a.removed_at IS NULL
"""


async def _assign(field: Field, entry: UUID, judge: UUID) -> None:
    await fetch(ASSIGN, uuid4(), field.round, entry, judge, NOW)


async def _refused(sql: str, *values: object) -> str:
    """Run a statement that must be refused, and return the name of the constraint."""
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        async with transaction():
            await fetch(sql, *values)
    return str(refusal.value.constraint_name)


@pytest.mark.usefixtures("rollback")
async def test_a_recused_pair_is_refused_by_every_statement() -> None:
    field = await planting.field(entries_count=2, judges_count=2, tokens=False)
    entry, judge = field.entries[0].id, field.judges[0].id
    made = await planting.assign(field.round, [(entry, judge)], free=False)
    await planting.recuse(judge, entry)
    (old,) = made.values()
    assert await value("SELECT removed_for FROM assignment WHERE id = $1", old) == "recusal"
    rule = "assignment_not_recused"
    assert await _refused(ASSIGN, uuid4(), field.round, entry, judge, NOW) == rule
    assert await _refused("UPDATE assignment SET removed_at = NULL WHERE id = $1", old) == rule
    bulk = (
        "INSERT INTO assignment (id, round, entry, judge, source, made_at) SELECT gen_random_uuid(), $1, e.id, j.id,"
        " 'file', $2 FROM award_entry e CROSS JOIN judge j"
    )
    assert await _refused(bulk, field.round, NOW) == rule
    await _assign(field, field.entries[1].id, judge)
    assert await _refused("UPDATE assignment SET entry = $1 WHERE removed_at IS NULL", entry) == rule
    await _assign(field, entry, field.judges[1].id)
    moved = "UPDATE assignment SET judge = $1 WHERE entry = $2 AND removed_at IS NULL"
    assert await _refused(moved, judge, entry) == rule
    assert await value(BOTH) == 0


@pytest.mark.usefixtures("rollback")
async def test_copy_is_refused_as_well() -> None:
    field = await planting.field(entries_count=1, judges_count=1, tokens=False)
    pair = (field.entries[0].id, field.judges[0].id)
    await planting.recuse(pair[1], pair[0])
    with pytest.raises(asyncpg.CheckViolationError):
        async with transaction():
            await planting.assign(field.round, [pair], free=False)
    assert await value("SELECT count(*) FROM assignment") == 0


@pytest.mark.usefixtures("rollback")
@pytest.mark.parametrize("sql", ["DELETE FROM recusal", "UPDATE recusal SET recused_at = now()", "TRUNCATE recusal"])
async def test_recusals_are_for_ever(sql: str) -> None:
    field = await planting.field(entries_count=1, judges_count=1, tokens=False)
    await planting.recuse(field.judges[0].id, field.entries[0].id)
    with pytest.raises(asyncpg.PostgresError):
        async with transaction():
            await fetch(sql)
    assert await value("SELECT count(*) FROM recusal") == 1


@pytest.mark.usefixtures("rollback")
async def test_other_pairs_are_left_alone() -> None:
    field = await planting.field(entries_count=2, judges_count=2, tokens=False)
    await planting.recuse(field.judges[0].id, field.entries[0].id)
    others = [
        (e.id, j.id) for e in field.entries for j in field.judges if (e, j) != (field.entries[0], field.judges[0])
    ]
    assert len(await planting.assign(field.round, others, free=False)) == 3


@pytest.mark.committed
@pytest.mark.parametrize("isolation", ["repeatable_read", "serializable"])
async def test_an_old_snapshot_cannot_assign_what_has_been_recused_since(committed: None, isolation: str) -> None:
    field = await planting.field(entries_count=1, judges_count=1, tokens=False)
    entry, judge = field.entries[0].id, field.judges[0].id
    async with connection() as lent:
        snapshot = lent.transaction(isolation=isolation)
        await snapshot.start()
        await lent.fetch("SELECT * FROM recusal")
        await planting.recuse(judge, entry)  # on another connection, and committed
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
            await lent.execute(ASSIGN, uuid4(), field.round, entry, judge, NOW)
        await snapshot.rollback()
    assert await value(BOTH) == 0
    assert await value("SELECT count(*) FROM recusal") == 1


@pytest.mark.committed
async def test_of_a_recusal_and_an_assignment_at_once_the_recusal_stands(committed: None) -> None:
    """Two hundred races, each pair alone: whoever comes first, in the end the judge is out and nothing is assigned."""
    field = await planting.field(entries_count=20, judges_count=10, tokens=False)
    pairs = [(entry.id, judge.id) for entry in field.entries for judge in field.judges]
    outcomes: list[object] = []
    for n, (entry, judge) in enumerate(pairs):
        works = [_assign(field, entry, judge), fetch(RECUSE, judge, entry, NOW)]
        outcomes += await asyncio.gather(*(works if n % 2 else works[::-1]), return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, asyncpg.CheckViolationError)]
    assert {one.constraint_name for one in refused} <= {"assignment_not_recused"}
    assert len([one for one in outcomes if isinstance(one, Exception)]) == len(refused)
    taken_back = await value("SELECT count(*) FROM assignment WHERE removed_for = 'recusal'")
    assert taken_back == len(pairs) - len(refused)
    assert await value(BOTH) == 0
    assert await value("SELECT count(*) FROM recusal") == 200
