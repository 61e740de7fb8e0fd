"""Facts that come after a scan: what its device showed in the end, and that it was taken back. Pure.

The verdict that a device showed is a fact: who was let in is inside, who was turned away is not, whatever the server
said or would have said. A device shows one verdict for a scan; should two arrive, the refusal stands, so that the order
in which they come does not matter.
"""

from typing import NamedTuple
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from app.attendance.judging.reasons import REASONS
from app.attendance.judging.verdict import BY_STATE, Answer
from app.attendance.schemas import DeviceVerdict

NAMELESS = frozenset({"bad_code", "bad_signature", "unknown_key", "wrong_convention", "revoked", "superseded"})
"""Refusals whose receipt names nobody: the code proves no holder, or the guest is none of this convention's."""
_verdict = msgspec.json.Decoder(DeviceVerdict).decode
_verdicts = msgspec.json.Decoder(list[DeviceVerdict]).decode
TWICE, ALTHOUGH = "admitted_offline_twice", "admitted_although"


class Said(Struct, frozen=True):
    """An answer with its reason; who was admitted with a reason was let in by a device alone."""

    verdict: Answer
    reason: str | None = None
    warnings: tuple[str, ...] = ()


class Counts(NamedTuple):
    """How the fold takes a scan, as `Seen.sound` and `Seen.forced`."""

    sound: bool
    forced: bool


def final(*said: DeviceVerdict | None) -> DeviceVerdict | None:
    """Return the verdict that stands of all that a device sent for one scan; words that are none are left out."""
    known = [one for one in said if one is not None and one.verdict in {"admitted", "refused"}]
    return next((one for one in known if one.verdict == "refused"), known[0] if known else None)


def superseded(answer: Said, by: DeviceVerdict | None) -> Said:
    """Return the answer after what the device showed; the reason stays when somebody was let in in spite of it."""
    if by is None:
        return answer
    plain = tuple(word for word in answer.warnings if word not in {TWICE, ALTHOUGH})
    if by.verdict == "refused":
        reason = answer.reason if answer.verdict == "refused" else _ours(by.reason)
        return Said("refused", reason, plain)
    if answer.reason is None:
        return Said("admitted", None, plain)
    return Said("admitted", answer.reason, (*plain, TWICE if answer.reason == "already_admitted" else ALTHOUGH))


def counts(reason: str | None, by: DeviceVerdict | None) -> Counts:
    """Return how the fold takes a scan with this reason of the server's, after what the device showed.

    A code that proves no holder moves nobody, whoever was let in with it.
    """
    if reason in NAMELESS or (by is not None and by.verdict == "refused"):
        return Counts(sound=False, forced=False)
    if by is not None:
        return Counts(sound=True, forced=True)
    return Counts(sound=reason is None or reason in BY_STATE, forced=False)


def shown(row: asyncpg.Record) -> list[DeviceVerdict]:
    """Return everything that a device has said of a stored scan: with it, and later (both as JSON or None)."""
    first = [_verdict(row["device_verdict"])] if row["device_verdict"] else []
    return first + (_verdicts(row["finals"]) if row["finals"] else [])


def _ours(reason: str | None) -> str:
    """Return a device's reason if it is one of ours."""
    return reason if reason in REASONS else "not_entitled"


def takes_back(device: UUID, gate: UUID, *, of: UUID, at: UUID, direction: str) -> bool:
    """Whether an undo of a device at a gate takes back a scan of the device `of` at the gate `at`; never an undo.

    A lead's undo names the gate of the scan, where the lead's scope was looked at, whichever of the two comes first.
    """
    return direction != "undo" and (of == device or at == gate)
