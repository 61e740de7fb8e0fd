"""Live figures kept for every process, each with the ledger head it belongs to. Derived: losing them costs time alone.

A figure is as good as the code that counted it, so one that other code kept is not read.
"""

import hashlib
from collections import Counter
from functools import cache
from pathlib import Path

import msgspec

from app.core.chain import Link
from app.core.db import fetch, fetch_one
from app.kpi.tally import Line

_CODE = ("corrections", "counting", "fiscal", "intervals", "rules", "tally")
"""The modules that decide what is counted."""

_READ = "SELECT position, digest, tally FROM live_figure WHERE fiscal_year = $1 AND code = $2"

# An older one does not replace a newer one, unless that is of other code or of a ledger that is no more.
_WRITE = """
INSERT INTO live_figure AS k (fiscal_year, code, position, digest, tally) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (fiscal_year) DO UPDATE
SET code = EXCLUDED.code, position = EXCLUDED.position, digest = EXCLUDED.digest, tally = EXCLUDED.tally
WHERE k.code <> EXCLUDED.code OR k.position < EXCLUDED.position
   OR NOT EXISTS (SELECT FROM ledger_entry l WHERE l.position = k.position AND l.digest = k.digest)
"""
_tally = msgspec.json.Decoder(list[tuple[Line, int]])


async def read(fiscal_year: int) -> tuple[Link, Counter[Line]] | None:
    """Return what is kept of a year; whether the ledger still has that link is for the caller to see."""
    row = await fetch_one(_READ, fiscal_year, code())
    return None if row is None else (Link(row["position"], row["digest"]), Counter(dict(_tally.decode(row["tally"]))))


async def write(fiscal_year: int, *, head: Link, tally: Counter[Line]) -> None:
    """Keep a year as counted up to `head`."""
    await fetch(_WRITE, fiscal_year, code(), *head, msgspec.json.encode(list(tally.items())).decode())


@cache
def code() -> str:
    """Return a digest of the code that counts."""
    folder = Path(__file__).parent
    return hashlib.sha256(b"".join((folder / f"{name}.py").read_bytes() for name in _CODE)).hexdigest()
