"""Records of tickets, made beside the work of the gates: a thread that steps back again and again.

Everything of a process runs under one lock of the interpreter, which a busy thread would hold for 5 ms at a time, and a
scan wakes up several times. So it rests after every millisecond, and scans go first.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeVar

import msgspec
import structlog

from app.attendance.packs import layout
from app.people.persons import open_details
from app.ticketing.tickets import unsigned

log = structlog.get_logger()

REST = 0.0002
"""Seconds."""
SEALED_AT_ONCE = 50
SORTED_AT_ONCE = 2000

Given = TypeVar("Given")
Made = TypeVar("Made")
Row = Any
"""A row of `rows.TICKETS`."""


class Kept(NamedTuple):
    """A ticket as packs have it, and the transaction that changed it last."""

    tag: bytes
    record: bytes
    changed_in: int


async def kept_of(rows: Sequence[Row]) -> list[Kept]:
    """Return the records of tickets, made in a thread."""
    return await asyncio.to_thread(gently, kept, rows, at_once=SEALED_AT_ONCE)


def gently(make: Callable[[Given], Made], things: Sequence[Given], *, at_once: int) -> list[Made]:
    """Make one thing of each, and rest after every `at_once` of them; for a thread."""
    made: list[Made] = []
    for start in range(0, len(things), at_once):
        made += map(make, things[start : start + at_once])
        time.sleep(REST)
    return made


def in_order(tags: Collection[bytes]) -> list[bytes]:
    """Sort tags, for a thread: by their first bytes, as sorting all of them at once would take 50 ms without a rest."""
    parts: list[list[bytes]] = [[] for _ in range(256)]
    gently(lambda tag: parts[tag[0]].append(tag), list(tags), at_once=SORTED_AT_ONCE)
    return list(chain.from_iterable(gently(sorted, parts, at_once=4)))


def kept(row: Row) -> Kept:
    """Return the record of one ticket.

    `sealings` is counted up by the database whenever the name or the language may have changed, so that the start of
    the key stream is another one: no two texts are ever sealed alike under one code.
    """
    tag = layout.tag_of(unsigned(row["serial"]))
    record = layout.record(
        tag=tag,
        generation=row["generation"],
        flags=layout.flags_of(row["state"], residence_known=row["residence_known"]),
        product=row["product"],
        party=row["party"],
        seal=row["sealings"] % layout.SEALS,
        code_digest=row["code_digest"],
        plain=layout.plain_of(row["code_digest"], _name(row), row["language"]),
    )
    return Kept(tag, record, row["changed_in"])


def _name(row: Row) -> str:
    """Return whose ticket it is; nobody's when the person was erased. One damaged row must not stop all gates."""
    if row["key"] is None or row["sealed"] is None:
        return ""
    try:
        return open_details(row["key"], row["sealed"]).name
    except (ValueError, msgspec.MsgspecError):
        log.warning("details_damaged")
        return ""
