"""Doubles are found soon after registration: merged by the rules 9 (c) and (d), or kept for an officer, never both."""

import asyncio
import hashlib
from collections import Counter
from uuid import UUID

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from app.attendance import ledger
from app.attendance.identity.finding import MOST_OF_A_NAME, WHY, _merge
from app.attendance.identity.keeping import catch_up
from app.attendance.identity.matching import Match
from app.core.db import fetch
from app.core.web.frame import Frame
from app.kpi import live
from app.people import erasure, persons
from app.people.holders import HOLDERS
from app.people.schemas import Declared, Details
from tests.attendance.factories import ticket
from tests.attendance.identity.people import again, come, merges, pair, waiting, work
from tests.clock import NOW
from tests.doors import value
from tests.kpi.ledgers import YEAR, scan
from tests.kpi.rows import write

MAIL, OTHER = "taro@example.org", "t.yamada@work.example"
KEYS = "SELECT count(*) FROM person_key WHERE person = $1"


async def count() -> int:
    figure, _head = await live.counted(YEAR)
    return figure.people


async def test_same_address_and_compatible_name_are_one(http: httpx.AsyncClient) -> None:
    one = await come(http, MAIL, "山田 太郎", reading="やまだ たろう", residence="US")
    other = await come(http, "TARO+kpi@example.org", "Yamada Taro", reading="", residence="US")
    await write([scan(0, person=one), scan(0, person=other)])
    assert await count() == 2
    await work()
    assert await merges() == [(*pair(one, other), WHY["9c"])]
    assert await count() == 1
    (row,) = await fetch("SELECT * FROM double")
    position = await value("SELECT position FROM ledger_entry WHERE kind = 'merge'")
    assert (row["automatic"], row["decision"], row["position"]) == (True, "same", position)
    assert row["operator"] == "rule:kpi2-v1"
    assert (await ledger.verify()).broken == 0


async def test_rule_c_holds_for_residents_of_japan_as_well(http: httpx.AsyncClient) -> None:
    one = await come(http, MAIL, "山田 太郎", reading="", residence="JP")
    other = await come(http, MAIL, "山田太郎", reading="", residence="JP")
    await work()
    assert [found[:2] for found in await merges()] == [pair(one, other)]


async def test_address_alone_is_never_enough(http: httpx.AsyncClient) -> None:
    await come(http, MAIL, "山田 太郎", "山田 花子", "Sato Ken", reading="", residence="US")
    await come(http, MAIL, "Kim Minsu", reading="", residence="KR")
    await work()
    assert (await merges(), await waiting()) == ([], [])


async def test_same_name_country_and_organisation_are_one(http: httpx.AsyncClient) -> None:
    one = await come(http, MAIL, "Jürgen Müller", reading="", residence="DE", organisation="Grüne Bucht GmbH")
    other = await come(http, OTHER, "MÜLLER, Juergen", reading="", residence="DE", organisation="grüne bucht")
    await work()
    assert await merges() == [(*pair(one, other), WHY["9d"])]


@pytest.mark.parametrize("changes", [{"residence": "AT"}, {"organisation": "Nova"}, {"name": "Jürgen Möller"}])
async def test_rule_d_needs_all_three(http: httpx.AsyncClient, changes: dict[str, str]) -> None:
    told = {"name": "Jürgen Müller", "residence": "DE", "organisation": "Green Bay", "reading": ""}
    for email, said in ((MAIL, told), (OTHER, told | changes)):
        name = said["name"]
        await come(http, email, name, **{key: words for key, words in said.items() if key != "name"})
    await work()
    assert await merges() == []


async def test_rule_d_leaves_residents_of_japan_alone(http: httpx.AsyncClient) -> None:
    one = await come(http, MAIL, "田中 実", reading="", residence="JP", organisation="市役所")
    await come(http, OTHER, "田中 実", reading="", residence="JP", organisation="市役所")
    await work()
    assert (await merges(), await waiting()) == ([], [])
    assert await value(KEYS, one) == 1, "nothing is kept of a name that no rule needs"


async def test_what_resembles_waits_for_an_officer(http: httpx.AsyncClient) -> None:
    one = await come(http, MAIL, "李娜", residence="SG", organisation="Green Bay")
    other = await come(http, OTHER, "李娜", residence="SG")
    await work()
    assert await merges() == []
    assert await waiting() == [(*pair(one, other), '["country", "name", "no_organisation"]')]


async def test_name_that_too_many_bear_is_no_reason_to_suspect_anybody(http: httpx.AsyncClient) -> None:
    await crowd(range(MOST_OF_A_NAME))
    pairs = MOST_OF_A_NAME * (MOST_OF_A_NAME - 1) // 2
    assert (len(await waiting()), await merges()) == (pairs, [])
    await crowd(range(MOST_OF_A_NAME, MOST_OF_A_NAME + 2))
    assert (len(await waiting()), await merges()) == (pairs, [])


async def test_rule_d_holds_however_many_bear_a_name(http: httpx.AsyncClient) -> None:
    await crowd(range(MOST_OF_A_NAME), organisation="Green Bay")
    await crowd(range(MOST_OF_A_NAME, MOST_OF_A_NAME + 2), organisation="Green Bay")
    assert {why for *_, why in await merges()} == {WHY["9d"]}
    assert (len(await merges()), await waiting()) == (MOST_OF_A_NAME + 1, [])


async def crowd(numbers: range, organisation: str = "") -> list[UUID]:
    """Let people of one name come, each with an address of its own, and read them."""
    details = [Details("李娜", f"{number}@example.org", organisation=organisation) for number in numbers]
    found = [one.id for one in await persons.enrol([Declared(each, "SG") for each in details], now=NOW)]
    for person in found:
        await ticket(person=person)
    await work()
    return found


async def test_people_of_one_party_are_not_merged_by_a_rule(http: httpx.AsyncClient) -> None:
    await come(http, MAIL, "John Smith", "John Smith", reading="", residence="GB", organisation="Smith & Son")
    await work()
    assert await merges() == []
    ((_, _, reasons),) = await waiting()
    assert "together" in msgspec.json.decode(reasons)


async def test_word_of_an_officer_stands_against_every_rule(http: httpx.AsyncClient) -> None:
    one = await come(http, MAIL, "山田 太郎", reading="", residence="US")
    other = await come(http, MAIL, "山田太郎", reading="", residence="US")
    first, second = pair(one, other)
    await fetch(
        "INSERT INTO double (id, first, second, reasons, automatic, found_at, decision, operator, decided_at)"
        " VALUES (gen_random_uuid(), $1, $2, '[]', false, $3, 'different', 'officer', $3)",
        first,
        second,
        NOW,
    )
    await work()
    assert (await merges(), await waiting()) == ([], [])


async def test_decision_made_at_the_same_moment_stands(http: httpx.AsyncClient) -> None:
    """The finder has looked who was told apart before the officer has spoken; what it writes then is nothing."""
    one = await come(http, MAIL, "山田 太郎", reading="", residence="US")
    other = await come(http, MAIL, "山田太郎", reading="", residence="US")
    await fetch(
        "INSERT INTO double (id, first, second, reasons, automatic, found_at, decision, operator, decided_at)"
        " VALUES (gen_random_uuid(), $1, $2, '[]', false, $3, 'different', 'officer', $3)",
        *pair(one, other),
        NOW,
    )
    assert await _merge({pair(one, other): Match(("address", "name"), "9c")}, NOW) == 0
    assert await merges() == []


async def test_two_told_apart_are_not_made_one_by_a_third(http: httpx.AsyncClient) -> None:
    one = await come(http, MAIL, "山田 太郎", reading="", residence="US")
    other = await come(http, MAIL, "山田太郎", reading="", residence="US")
    await work()
    await fetch("UPDATE double SET decision = 'different', operator = 'officer'")
    split = ledger.Entry(kind="split", evidence_class="E", person=one, role="", subject=1)
    await ledger.append([split], now=NOW)
    third = await come(http, MAIL, "山田　太郎 様", reading="", residence="US")
    await work()
    made = [found[:2] for found in await merges()][1:]
    assert len(made) == 1
    assert set(made[0]) & {one, other}
    assert third in made[0]
    ((*left, reasons),) = await waiting()
    assert third in left
    assert "told_apart" in reasons


async def test_reading_again_changes_nothing(http: httpx.AsyncClient) -> None:
    await come(http, MAIL, "山田 太郎", reading="", residence="US", organisation="A")
    await come(http, MAIL, "山田太郎", reading="", residence="US")
    await come(http, OTHER, "山田太郎", reading="", residence="US")
    await work()
    before = await fetch("SELECT * FROM double ORDER BY id"), await merges()
    await again()
    assert (await fetch("SELECT * FROM double ORDER BY id"), await merges()) == before


async def test_pair_that_resembles_no_more_is_dropped(app: Frame, committed: None) -> None:
    details = [Details("李娜", MAIL, organisation="Green Bay"), Details("李娜", OTHER)]
    one, other = [(await persons.enrol([Declared(each, "SG")], now=NOW))[0].id for each in details]
    for person in (one, other):
        await ticket(person=person)
    await work()
    assert [found[:2] for found in await waiting()] == [pair(one, other)]
    await rename(other, "王芳")
    await work()
    assert await waiting() == []


async def rename(person: UUID, name: str) -> None:
    """Let somebody correct a name, as the page of one's own data does."""
    (row,) = await fetch("SELECT key FROM person WHERE id = $1", person)
    details = replace((await persons.details_of([person]))[person], name=name)
    for holder in HOLDERS:
        await holder.correct(person, row["key"], details)


async def test_corrected_name_is_found_by_its_new_keys(app: Frame, committed: None) -> None:
    one, other = [
        (await persons.enrol([Declared(Details(name, email, organisation="Green Bay"), "SG")], now=NOW))[0].id
        for name, email in (("李娜", MAIL), ("王芳", OTHER))
    ]
    for person in (one, other):
        await ticket(person=person)
    await work()
    assert await merges() == []
    await rename(other, "李娜")
    await work()
    assert await merges() == [(*pair(one, other), WHY["9d"])]


async def test_erased_people_leave_no_keys_and_wait_no_more(http: httpx.AsyncClient) -> None:
    one = await come(http, MAIL, "李娜", residence="SG", organisation="Green Bay")
    await come(http, OTHER, "李娜", residence="SG")
    await work()
    assert await value(KEYS, one) == 7
    await erasure.erase(persons=[one], actor="test", now=NOW)
    assert (await value(KEYS, one), await waiting()) == (0, [])
    await again()
    assert (await value(KEYS, one), await waiting()) == (0, [])


async def test_keys_reveal_no_name_and_are_bound_to_the_secret(http: httpx.AsyncClient) -> None:
    one = await come(http, MAIL, "李娜", residence="SG", organisation="Green Bay")
    await work()
    rows = await fetch("SELECT kind, key FROM person_key WHERE person = $1 ORDER BY kind", one)
    kinds = Counter(row["kind"] for row in rows)
    assert kinds == {"name": 1, "reading": 1, "tokens": 2, "name_country_organisation": 2, "read": 1}
    assert {len(row["key"]) for row in rows if row["kind"] != "read"} == {16}
    plain = {hashlib.sha256(text.encode()).digest()[:16] for text in ("han:娜李\0SG", "name\0han:娜李\0SG", "李娜")}
    assert not plain & {row["key"] for row in rows}


async def test_two_readers_at_once_read_once(app: Frame, committed: None) -> None:
    one, other = [
        (await persons.enrol([Declared(Details("山田 太郎", email, organisation="A"), "US")], now=NOW))[0].id
        for email in (MAIL, OTHER)
    ]
    for person in (one, other):
        await ticket(person=person)
    await asyncio.gather(*(catch_up(now=NOW) for _ in range(4)))
    assert await merges() == [(*pair(one, other), WHY["9d"])]
