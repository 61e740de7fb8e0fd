"""Scans that touch the past: late ones, undos, what a device showed in the end, codes older than their ticket's change.

Everything here is worked out again from all facts about a ticket, so the order in which they come does not matter: the
state is their fold, and the ledger gets what is missing in it, and a void for what does not count any more.

Locks are taken in the order of `store_scans`: tickets, devices, venues, the head of the ledger.
"""

from collections.abc import Sequence
from contextlib import suppress
from operator import attrgetter

import asyncpg

from app.attendance.scanning import around, groups, pasts, rows
from app.attendance.scanning.asked import Asked, Outcome
from app.attendance.scanning.desk import FinalRow
from app.attendance.scanning.groups import Known, Overtaken
from app.core.db import fetch, transaction

MOST_TRIES = 5

TARGETS = """
SELECT s.id, s.device, s.seq, s.gate, s.direction, s.ticket
FROM unnest($1::uuid[], $2::bigint[]) AS a (device, seq) JOIN scan s USING (device, seq)
"""

LOCK_SENDERS = "SELECT id FROM device WHERE id = ANY($1::uuid[]) ORDER BY id FOR KEY SHARE"
LOCK_TARGETS = "SELECT id FROM device WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
"""An undo may come before its scan. Whoever stores scans of a device shares its row, whoever undoes one has it alone:
so either the scan sees the undo or the undo the scan.
"""

FINALS = """
INSERT INTO scan_final (scan, verdict, reason, received_at)
SELECT f.scan, f.verdict, f.reason, $4 FROM unnest($1::bigint[], $2::text[], $3::text[]) AS f (scan, verdict, reason)
ON CONFLICT DO NOTHING
"""


async def write(asked: list[Asked]) -> list[Outcome]:
    """Write scans of any kind and return an outcome for each, in the same order. All others at their tickets wait.

    Undos after all others, so that each finds the scan that it takes back, if that has come.
    """
    undos = {one.key for one in asked if one.is_undo}
    if not undos or len(undos) == len(asked):
        return await _write_all(asked)
    scans = iter(await _write_all([one for one in asked if one.key not in undos]))
    others = iter(await _write_all([one for one in asked if one.key in undos]))
    return [next(others if one.key in undos else scans) for one in asked]


async def _write_all(asked: list[Asked]) -> list[Outcome]:
    for _try in range(MOST_TRIES):
        with suppress(Overtaken, asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError):
            async with transaction():
                return await _write(asked)
    raise asyncpg.SerializationError("Overtaken too often.")


async def _write(asked: list[Asked]) -> list[Outcome]:
    now = asked[0].received_at
    targets = await _lock(asked)
    gates = await around.gates({one.place for one in asked}, now=now)
    looked = await groups.look(asked, gates, targets)
    known = {one.key: row for one, row in zip(asked, looked, strict=True) if row["request"] is not None}
    table = await groups.open_desk(asked, looked, gates=gates, now=now, targets=targets)
    await pasts.open_all(table.by_ticket, asked, now=now)
    sorted_ = groups.sort(asked, known)
    made = {one.key: table.judge(one) for one in sorted(sorted_.new.values(), key=attrgetter("mark"))}
    for one in asked:
        if one.key in known and known[one.key]["request"] == one.digest:
            table.supersede(one, known[one.key])
    reused = {
        index: table.set_aside(asked[index], "seq_reused", groups.reused_seq(asked[index])) for index in sorted_.reused
    }
    await _keep_finals(table.finals, asked)
    await groups.store(table, now=now)
    return [
        reused[index] if index in reused else table.answer(one, made=made, known=known, first=sorted_.first)
        for index, one in enumerate(asked)
    ]


async def _lock(asked: Sequence[Asked]) -> Known:
    """Lock everything, and return the scans that are taken back, as far as they are stored."""
    undone = [one.undoes for one in asked if one.undoes is not None]
    before = await _targets(undone)
    await rows.lock(
        serials=[one.serial for one in asked if one.serial is not None],
        tickets=[one.scan.by_hand for one in asked if one.scan.by_hand is not None]
        + [row["ticket"] for row in before.values() if row["ticket"] is not None],
        entered=[],
    )
    await fetch(LOCK_SENDERS, sorted({one.device for one in asked}))
    targets = before
    if undone:
        await fetch(LOCK_TARGETS, sorted({device for device, _seq in undone}))
        targets = await _targets(undone)
        if targets.keys() != before.keys():
            raise Overtaken  # a target has come meanwhile, and its ticket is not locked
    await rows.lock(serials=[], tickets=[], entered=[one.place for one in asked if one.scan.direction == "entry"])
    return targets


async def _targets(undone: Sequence[tuple[object, int]]) -> Known:
    if not undone:
        return {}
    found = await fetch(TARGETS, [device for device, _seq in undone], [seq for _device, seq in undone])
    return {(row["device"], row["seq"]): row for row in found}


async def _keep_finals(finals: Sequence[FinalRow], asked: Sequence[Asked]) -> None:
    if finals:
        await fetch(
            FINALS,
            [one.scan for one in finals],
            [one.verdict for one in finals],
            [one.reason for one in finals],
            asked[0].received_at,
        )
