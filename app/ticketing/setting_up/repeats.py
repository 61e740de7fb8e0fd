"""Forms that are sent twice make one row."""

from typing import Literal
from uuid import UUID

from app.core.db import fetch_one


async def made_before(table: Literal["ticket_type", "quota", "question"], row: UUID) -> bool:
    """Whether the row of a form is there; to be asked in the transaction that makes it.

    Of two sendings at once the second waits here until the first is through, and then finds its row.
    """
    await fetch_one("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", str(row))
    return await fetch_one(f"SELECT 1 FROM {table} WHERE id = $1", row) is not None
