"""Puts entries made by `ledgers` into the real ledger."""

from collections.abc import Iterable

import msgspec

from app.attendance import ledger
from app.attendance.ledger_entry import Evidence
from tests.kpi.ledgers import RECORDED


async def write(entries: Iterable[Evidence], *, source: str | None = None) -> list[int]:
    """Append entries, renumbered by the ledger; `subject` must name positions of the real ledger."""
    made = [ledger.Entry(**_fields(entry), source=source) for entry in entries]
    return await ledger.append(made, now=RECORDED)


def _fields(entry: Evidence) -> dict[str, object]:
    fields = msgspec.structs.asdict(entry)
    return {name: value for name, value in fields.items() if name not in {"position", "recorded_at"}}
