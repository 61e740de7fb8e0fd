"""Puts entries made by `ledgers` into the real ledger."""

from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec

from app.attendance import ledger
from app.attendance.ledger_entry import Evidence
from app.core import chain
from app.core.chain import GENESIS, Link
from app.core.db import fetch, transaction
from tests.kpi.ledgers import RECORDED

BATCH = 20_000
"""Rows of one statement: far below its time limit."""
_HEAD = """
INSERT INTO chain_head (name, position, digest) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET position = $2, digest = $3
"""


async def write(entries: Iterable[Evidence], *, source: str | None = None) -> list[int]:
    """Append entries, renumbered by the ledger; `subject` must name positions of the real ledger."""
    made = [ledger.Entry(**_fields(entry), source=source) for entry in entries]
    return await ledger.append(made, now=RECORDED)


def _fields(entry: Evidence) -> dict[str, object]:
    fields = msgspec.structs.asdict(entry)
    return {name: value for name, value in fields.items() if name not in {"position", "recorded_at"}}


async def copy(entries: Iterable[Evidence]) -> Link:
    """Put a whole ledger, from position 1 on, into an empty table, linked as `append` would; return its head."""
    head = Link(0, GENESIS)
    async with transaction() as connection:
        for batch in batched(entries, BATCH):
            rows = []
            for values in ([getattr(entry, name, None) for name in ledger.COLUMNS] for entry in batch):
                [head] = chain.links(head, [ledger.line(values)])
                rows.append((*values, head.digest))
            await connection.copy_records_to_table("ledger_entry", records=rows, columns=[*ledger.COLUMNS, "digest"])
        await fetch(_HEAD, ledger.CHAIN, *head)
    return head


def batched(entries: Iterable[Evidence], size: int) -> Iterator[list[Evidence]]:
    """Cut a ledger into pieces."""
    left = iter(entries)
    while batch := list(islice(left, size)):
        yield batch
