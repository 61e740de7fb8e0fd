"""How many statements the gates cost: the same for one scan and for a hundred."""

import pytest

from tests.attendance.conftest import Send
from tests.attendance.factories import covered_gate, scan, signed, ticket, ticket_type
from tests.attendance.test_ledger import statements
from tests.doors import value


@pytest.mark.parametrize("count", [1, 100])
async def test_admitted_scans_take_eight_statements(send: Send, count: int) -> None:
    """Lock, tickets, gates and types, known scans; scans, states; two of the ledger."""
    gate = await covered_gate("citywide-pass")
    guests = [await ticket() for _ in range(count + 1)]
    await send(scan(999, guests[-1].code, gate.id))
    async with statements() as seen:
        await send(*[scan(n, made.code, gate.id) for n, made in enumerate(guests[:-1])])
    assert len(seen) == 8
    assert await value("SELECT count(*) FROM scan") == count + 1


@pytest.mark.parametrize("count", [1, 100])
async def test_replayed_scans_take_four_statements(send: Send, count: int) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    sent = [scan(n, made.code, gate.id) for n in range(count)]
    await send(*sent)
    async with statements() as seen:
        await send(*sent)
    assert len(seen) == 4


async def test_keys_are_asked_only_for_codes_we_do_not_know(send: Send) -> None:
    gate, kind = await covered_gate("citywide-pass"), await ticket_type()
    await send(scan(3, "nonsense", gate.id))
    async with statements() as seen:
        await send(scan(1, signed(kind["scope"], kind["number"], 5), gate.id), scan(2, "nonsense", gate.id))
    assert len(seen) == 6
    assert sum("signing_key" in statement for statement in seen) == 1
