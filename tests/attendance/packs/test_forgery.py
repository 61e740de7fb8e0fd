"""Nobody gets in with a forged code: scans through HTTP, against a server that knows the genuine ticket."""

import random
from collections import Counter
from itertools import islice
from typing import Any

import pytest

from app.attendance.schemas import MOST_SCANS
from app.core.signing import pack_key, signing_key
from app.ticketing.codes import DOMAIN, ORDER, PREFIX, base45, pack, unbase45, unpack
from tests.attendance.conftest import Send
from tests.attendance.factories import Place, covered_gate, scan, signed, ticket, ticket_type
from tests.doors import value
from tests.ticketing.test_codes import mutated

CODES_BY_SEED = 100_000


async def refused(send: Send, gate: Place, forged: list[str]) -> Counter[str]:
    """Show all of them and return why they were refused; whoever gets in is counted as `None`."""
    found: Counter[str] = Counter()
    for start in range(0, len(forged), MOST_SCANS):
        part = forged[start : start + MOST_SCANS]
        receipts: list[dict[str, Any]] = await send(
            *(scan(start + n, code, gate.id, "exit" if n % 10 == 9 else "entry") for n, code in enumerate(part))
        )
        assert {receipt["verdict"] for receipt in receipts} == {"refused"}
        found.update(str(receipt["reason"]) for receipt in receipts)
    assert await value("SELECT count(*) FROM scan WHERE ticket IS NOT NULL OR verdict = 'admitted'") == 0
    assert await value("SELECT count(*) FROM ticket_state") == await value("SELECT count(*) FROM ledger_entry") == 0
    return found


async def test_no_flipped_bit_gets_in(send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    data = unbase45(made.code.removeprefix(PREFIX))
    assert len(data) * 8 == 632
    whole = int.from_bytes(data)
    forged = [PREFIX + base45((whole ^ 1 << bit).to_bytes(79)) for bit in range(632)]
    reasons = await refused(send, gate, forged)
    assert set(reasons) <= {"bad_signature", "unknown_key", "wrong_convention"}
    assert (reasons["unknown_key"], reasons["wrong_convention"]) == (8, 16)


async def test_no_mutation_gets_in(send: Send) -> None:
    await _mutations(send, 2_000)


@pytest.mark.faults
async def test_no_mutation_of_very_many_gets_in(send: Send) -> None:
    await _mutations(send, CODES_BY_SEED)


async def _mutations(send: Send, count: int) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    draw = random.Random(45)
    reasons = await refused(send, gate, list(islice(iter(lambda: mutated(draw, made.code), None), count)))
    assert set(reasons) == {"bad_code", "bad_signature", "unknown_key", "wrong_convention"}


async def test_wrong_scope_key_or_prefix_does_not_get_in(send: Send) -> None:
    gate, made, kind = await covered_gate("citywide-pass"), await ticket(), await ticket_type()
    scope, number = kind["scope"], kind["number"]
    payload = unbase45(made.code.removeprefix(PREFIX))[:15]
    key = signing_key(scope, 0)
    signature = key.sign(DOMAIN + payload)
    larger = int.from_bytes(signature[32:], "little") + ORDER
    other_kind = bytes([0x20]) + payload[1:]
    forged = {
        "key of packs": (PREFIX + base45(payload + pack_key(scope, 0).sign(DOMAIN + payload)), "bad_signature"),
        "bare payload": (PREFIX + base45(payload + key.sign(payload)), "bad_signature"),
        "prefix of packs": (PREFIX + base45(payload + key.sign(b"yt1.pack.v1\0" + payload)), "bad_signature"),
        "second signature": (
            PREFIX + base45(payload + signature[:32] + larger.to_bytes(32, "little")), "bad_signature",
        ),
        "another scope": (signed(scope + 1, number, made.serial), "wrong_convention"),
        "another key": (signed(scope, number, made.serial, kid=1), "unknown_key"),
        "of no use": (PREFIX + base45(other_kind + key.sign(DOMAIN + other_kind)), "bad_code"),
        "unlisted": (signed(scope, number, made.serial ^ 1), "revoked"),
        "next generation": (signed(scope, number, made.serial, 1), "revoked"),
        "without prefix": (made.code.removeprefix(PREFIX), "bad_code"),
        "another prefix": ("Y2:" + made.code.removeprefix(PREFIX), "bad_code"),
    }  # fmt: skip
    assert pack(unpack(payload)) == payload
    receipts = await send(*(scan(n, code, gate.id) for n, (code, _reason) in enumerate(forged.values())))
    found = dict(zip(forged, [receipt["reason"] for receipt in receipts], strict=True))
    assert found == {name: reason for name, (_code, reason) in forged.items()}
