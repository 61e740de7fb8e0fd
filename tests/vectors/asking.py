"""Put the vectors to an engine, and name those to which it answers otherwise."""

from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.vectors.build import FILE


@cache
def vectors() -> dict[str, Any]:
    """Return the file, read once."""
    read: dict[str, Any] = msgspec.json.decode(FILE.read_bytes())
    return read


def disagreements(*, codes: ModuleType, fold: ModuleType, verdict: ModuleType) -> Iterator[str]:
    """Name every vector that these modules answer otherwise, one after the other."""
    for vector in vectors()["cases"]:
        if not _judged(verdict, vector):
            yield f"case: {vector['situation']}: {vector['name']}"
    for vector in vectors()["folds"]:
        if not _folded(fold, vector):
            yield f"fold: {vector['situation']}: {vector['name']}"
    for vector in vectors()["codes"]:
        if _read(codes, vector) != {"reason": None, **vector["expect"]}:
            yield f"code: {vector['situation']}: {vector['name']}"


def _judged(engine: ModuleType, vector: dict[str, Any]) -> bool:
    """Whether the verdict is the expected one, and the scan is what gate and product make of it."""
    case = msgspec.convert(vector["case"], engine.Case)
    found = engine.judge(case)
    product = case.holder.product if case.holder else None
    told = {name: getattr(case.seen, name) for name in ("at", "device", "seq", "direction")}
    said = {"verdict": found.verdict, "reason": found.reason, "facts": found.facts}
    return bool(said == vector["expect"] and engine.seen_at(case.gate, product, **told) == case.seen)


def _folded(engine: ModuleType, vector: dict[str, Any]) -> bool:
    """Whether the scans make the expected state, and each is refused by the state before it as expected."""
    scans = [msgspec.convert(seen, engine.Seen) for seen in vector["scans"]]
    undone = frozenset(msgspec.convert(vector["undone"], list[tuple[UUID, int]]))
    made = engine.fold(scans, undone=undone)
    state, reasons = engine.State(), []
    for seen in sorted(
        {s.key: s for s in scans if s.key not in undone}.values(), key=lambda s: (s.at, s.device, s.seq)
    ):
        reasons.append({"device": str(seen.device), "seq": seen.seq, "reason": engine.refused_by_state(state, seen)})
        state = engine.apply(state, seen)
    expected = msgspec.convert(vector["expect"], engine.State)
    return bool(made == expected and state == expected and reasons == vector["verdicts"])


def _read(engine: ModuleType, vector: dict[str, Any]) -> dict[str, Any]:
    """Return what a gate reads: any kind of code but that for an entry is none."""
    keys = {
        (k["scope"], k["kid"]): Ed25519PublicKey.from_public_bytes(bytes.fromhex(k["public"])) for k in vector["keys"]
    }
    try:
        payload = engine.verify(engine.parse(vector["text"]), keys=keys)
    except engine.BadCode as error:
        return {"reason": error.reason}
    if payload.kind != engine.Kind.ENTRY:
        return {"reason": "bad_code"}
    said = msgspec.structs.asdict(payload)
    return {"reason": None, "payload": said | {"serial": f"{payload.serial:016x}"}}
