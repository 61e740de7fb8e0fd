"""Signed heads of the ledger: one a day in Japan, gaps made up, and no past rewritten unseen."""

import datetime as dt

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.attendance import heads, ledger
from app.attendance.heads import Wrong, sign_days, verify
from app.core.chain import GENESIS, Link, link
from app.core.db import fetch
from app.core.signing import head_key, pack_key, signing_key
from tests.attendance.test_ledger import entry
from tests.clock import NOW

HEADS = "/api/v1/ledger/heads"
DAY = dt.timedelta(days=1)
MIDNIGHT = dt.datetime(2026, 11, 21, 15, tzinfo=dt.UTC)
"""The end of the first day in Japan."""
FIRST = dt.date(2026, 11, 21)


async def signed() -> list[tuple[dt.date, int]]:
    return [(head.day, head.position) for head in await heads.listed(since=FIRST, limit=100)]


async def test_nothing_is_signed_before_anything_was_recorded(rollback):
    assert await sign_days(now=NOW) == 0
    assert await verify() == heads.HeadsVerdict(0, ())


async def test_a_day_is_signed_when_it_is_over_in_japan(rollback):
    await ledger.append([entry("a"), entry("b")], now=NOW)
    assert await sign_days(now=MIDNIGHT - dt.timedelta(seconds=1)) == 0
    assert await sign_days(now=MIDNIGHT) == 1
    assert await sign_days(now=MIDNIGHT) == 0
    assert await signed() == [(FIRST, 2)]


async def test_the_last_moment_of_a_day_is_in_it_and_midnight_is_not(rollback):
    await ledger.append([entry("a")], now=MIDNIGHT - dt.timedelta(microseconds=1))
    await ledger.append([entry("b")], now=MIDNIGHT)
    assert await sign_days(now=MIDNIGHT + DAY) == 2
    assert await signed() == [(FIRST, 1), (FIRST + DAY, 2)]


async def test_missed_days_are_made_up_each_with_what_it_had(rollback):
    await ledger.append([entry("a")], now=NOW)
    assert await sign_days(now=MIDNIGHT) == 1
    await ledger.append([entry("b"), entry("c")], now=NOW + 2 * DAY)
    await ledger.append([entry("d")], now=NOW + 4 * DAY)
    assert await sign_days(now=NOW + 5 * DAY) == 4
    assert [position for _, position in await signed()] == [1, 1, 3, 3, 4]
    assert await verify() == heads.HeadsVerdict(5, ())


async def test_a_late_commit_stands_in_the_next_head(rollback):
    await ledger.append([entry("a")], now=NOW)
    await sign_days(now=MIDNIGHT)
    await ledger.append([entry("late")], now=MIDNIGHT - dt.timedelta(seconds=1))
    await sign_days(now=MIDNIGHT + DAY)
    assert [position for _, position in await signed()] == [1, 2]
    assert (await verify()).wrong == ()


async def test_a_chain_made_anew_from_the_middle_verifies_and_its_heads_do_not(rollback):
    """Somebody with all rights on the database changes a row and everything that hangs on it."""
    await ledger.append([entry("a"), entry("b"), entry("c")], now=NOW)
    await sign_days(now=MIDNIGHT)
    await ledger.append([entry("d")], now=NOW + DAY)
    await sign_days(now=MIDNIGHT + DAY)
    await fetch("SET LOCAL session_replication_role = replica")
    await fetch("UPDATE ledger_entry SET residence = 'JP' WHERE position = 2")
    await _chain_anew()
    assert (await ledger.verify()).broken == 0
    assert (await verify()).wrong == (Wrong(FIRST, "digest"), Wrong(FIRST + DAY, "digest"))


async def _chain_anew() -> None:
    head = Link(0, GENESIS)
    names = ", ".join(ledger.COLUMNS)
    for row in await fetch(f"SELECT {names} FROM ledger_entry ORDER BY position"):
        head = Link(row["position"], link(head.digest, ledger.line(row.values())))
        await fetch("UPDATE ledger_entry SET digest = $2 WHERE position = $1", *head)
    await fetch("UPDATE chain_head SET position = $1, digest = $2 WHERE name = 'ledger'", *head)


@pytest.mark.parametrize(
    ("tampering", "wrong"),
    [
        ("UPDATE ledger_head SET digest = decode(repeat('00', 32), 'hex') WHERE day = '2026-11-22'",
         [Wrong(FIRST + DAY, "digest"), Wrong(FIRST + DAY, "signature")]),
        (("UPDATE ledger_head SET signature = (SELECT signature FROM ledger_head WHERE day = '2026-11-21')"
         " WHERE day = '2026-11-22'"), [Wrong(FIRST + DAY, "signature")]),
        (("UPDATE ledger_head SET position = 1, digest = (SELECT digest FROM ledger_entry WHERE position = 1)"
         " WHERE day = '2026-11-23'"), [Wrong(FIRST + 2 * DAY, "order"), Wrong(FIRST + 2 * DAY, "signature")]),
        ("DELETE FROM ledger_head WHERE day = '2026-11-22'", [Wrong(FIRST + 2 * DAY, "gap")]),
        ("DELETE FROM ledger_entry WHERE position = 3", [Wrong(FIRST + 2 * DAY, "digest")]),
    ],
)  # fmt: skip
async def test_tampering_with_heads_is_found(rollback, tampering, wrong):
    for n in range(3):
        await ledger.append([entry(str(n))], now=NOW + n * DAY)
    assert await sign_days(now=MIDNIGHT + 2 * DAY) == 3
    assert (await verify()).wrong == ()
    await fetch("SET LOCAL session_replication_role = replica")
    await fetch(tampering)
    assert list((await verify()).wrong) == wrong


async def test_heads_are_public_and_anybody_can_check_them(http, clock):
    await ledger.append([entry("a")], now=NOW)
    await sign_days(now=NOW + 2 * DAY)
    found = (await http.get(HEADS)).json()
    assert [head["day"] for head in found["heads"]] == ["2026-11-21", "2026-11-22"]
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(found["public_key"]))
    for head in found["heads"]:
        line = f'["{head["day"]}",{head["position"]},"{head["digest"]}"]'
        key.verify(bytes.fromhex(head["signature"]), (found["prefix"] + line).encode())
    later = (await http.get(HEADS, params={"since": "2026-11-22", "limit": 1})).json()
    assert [head["day"] for head in later["heads"]] == ["2026-11-22"]


def test_the_key_signs_nothing_else():
    keys = {
        key.public_key().public_bytes_raw() for key in (head_key(0), pack_key(0, 0), signing_key(0, 0), head_key(1))
    }
    assert len(keys) == 4
    assert heads.message(FIRST, Link(7, GENESIS)) == (
        b'machigurumi ledger head v1\n["2026-11-21",7,"' + b"00" * 32 + b'"]'
    )
