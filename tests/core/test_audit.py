"""The audit log: nothing changes, goes or swaps unseen."""

import asyncio
import datetime as dt

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import audit, chain
from app.core.db import fetch, transaction
from tests.clock import NOW


async def write(count: int) -> None:
    for number in range(count):
        await audit.record(
            actor="officer:1", action="job.try-again", subject=f"job:{number}", now=NOW, detail={"b": number, "a": "林"}
        )


async def tamper(sql: str) -> chain.Verdict:
    """Change the table behind the trigger's back, as only the owner of the database can, and verify."""
    await fetch("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_append_only")
    await fetch(sql)
    return await audit.verify()


@pytest.mark.usefixtures("http")
async def test_untouched_log_is_whole() -> None:
    assert await audit.verify() == chain.Verdict(0, 0, bytes(32))
    await write(5)
    found = await audit.verify()
    assert (found.rows, found.broken) == (5, 0)
    assert found.head == (await chain.head("audit")).digest


@pytest.mark.usefixtures("http")
@pytest.mark.parametrize(
    "change",
    [
        "actor = 'officer:2'",
        "action = 'x'",
        "subject = 'job:9'",
        "detail = '{}'",
        "at = at + interval '1 microsecond'",
        "digest = sha256('x')",
        "position = 30",
    ],
)
async def test_edit_is_found(change: str) -> None:
    await write(5)
    assert (await tamper(f"UPDATE audit_entry SET {change} WHERE position = 3")).broken == 3


@pytest.mark.usefixtures("http")
@pytest.mark.parametrize(("position", "found"), [(1, 1), (3, 3), (5, 5)])
async def test_deletion_is_found(position: int, found: int) -> None:
    await write(5)
    assert (await tamper(f"DELETE FROM audit_entry WHERE position = {position}")).broken == found


@pytest.mark.usefixtures("http")
async def test_swap_is_found() -> None:
    await write(5)
    swap = (
        "UPDATE audit_entry a SET subject = b.subject, detail = b.detail FROM audit_entry b"
        " WHERE (a.position, b.position) IN ((2, 4), (4, 2))"
    )
    assert (await tamper(swap)).broken == 2


@pytest.mark.usefixtures("http")
async def test_added_row_is_found() -> None:
    await write(2)
    added = (
        "INSERT INTO audit_entry (position, at, actor, action, subject, detail, digest)"
        " SELECT 3, at, actor, action, subject, detail, sha256('x') FROM audit_entry WHERE position = 2"
    )
    assert (await tamper(added)).broken == 3


@pytest.mark.usefixtures("http")
async def test_row_before_the_first_is_found() -> None:
    await write(2)
    assert (
        await tamper(
            "INSERT INTO audit_entry SELECT -1, at, actor, action, subject, detail, digest"
            " FROM audit_entry WHERE position = 1"
        )
    ).broken == 1


@pytest.mark.usefixtures("http")
@pytest.mark.parametrize("batch", [1, 2, 5, 6])
@pytest.mark.parametrize("position", [1, 2, 3, 5])
async def test_edit_is_found_wherever_batches_end(monkeypatch: pytest.MonkeyPatch, batch: int, position: int) -> None:
    monkeypatch.setattr(chain, "BATCH", batch)
    await write(5)
    assert (await audit.verify())[:2] == (5, 0)
    found = await tamper(f"UPDATE audit_entry SET actor = 'officer:2' WHERE position = {position}")
    assert found[:2] == (position, position)


@pytest.mark.usefixtures("http")
@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"],
)
async def test_table_only_takes_new_rows(statement: str) -> None:
    await write(1)
    with pytest.raises(asyncpg.RestrictViolationError, match="audit_entry is append-only"):
        async with transaction():
            await fetch(statement)
    assert (await audit.verify()).rows == 1


@pytest.mark.usefixtures("http")
async def test_entry_of_a_failed_transaction_leaves_no_gap() -> None:
    await write(1)
    with pytest.raises(ZeroDivisionError):  # noqa: PT012  # the block is the transaction
        async with transaction():
            await write(1)
            raise ZeroDivisionError
    await write(1)
    found = await audit.verify()
    assert (found.rows, found.broken) == (2, 0)


@pytest.mark.committed
@pytest.mark.usefixtures("committed")
async def test_log_verifies_while_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "BATCH", 7)
    writing = [asyncio.create_task(write(60)) for _ in range(3)]
    found = []
    while not all(task.done() for task in writing):
        found.append(await audit.verify())
    await asyncio.gather(*writing)
    assert [verdict for verdict in found if verdict.broken] == []
    assert (await audit.verify())[:2] == (180, 0)


def test_line_is_canonical() -> None:
    at = NOW + dt.timedelta(microseconds=1)
    assert (
        audit.line(1, at, "officer:1", "a", "s", '{"x":1}') == '[1,1795222800000001,"officer:1","a","s","{\\"x\\":1}"]'
    )


Row = tuple[int, bytes, str]


def judged(rows: list[Row], head: chain.Link, *, batch: int) -> chain.Verdict:
    """Walk in batches, as reading from the database does."""
    found = chain.NOTHING
    for start in range(0, len(rows), batch):
        found = found if found.broken else chain.walk(found, rows[start : start + batch])
    return chain.compare(found, head, last=head.position)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=20), st.integers(1, 21), st.data())
def test_any_change_to_a_chain_is_found(lines: list[str], batch: int, data: st.DataObject) -> None:
    made = chain.links(chain.Link(0, chain.GENESIS), lines)
    head = made[-1]
    rows = [(link.position, link.digest, line) for link, line in zip(made, lines, strict=True)]
    assert judged(rows, head, batch=batch) == (len(rows), 0, head.digest)
    index = data.draw(st.integers(0, len(rows) - 1))
    position, digest, line = rows[index]
    before, after = rows[:index], rows[index + 1 :]
    other = data.draw(st.text(max_size=20).filter(lambda words: words != line))
    assert judged([*before, (position, digest, other), *after], head, batch=batch).broken == position
    assert judged([*before, *after], head, batch=batch).broken == position
    assert judged([*before, (position + 1, digest, line), *after], head, batch=batch).broken == position
