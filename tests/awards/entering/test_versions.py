"""Versions: signed off word for word by everybody, and with the last signature handed in."""

import asyncio
import hashlib
import re
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest

from app.awards.entering import begin, versions
from app.awards.entering.begin import Beginning
from app.awards.reach import any_award
from app.awards.schemas import EntryBody, EntryForm, Said
from app.core import jobs
from app.core.db import fetch, fetch_one
from tests.awards import planting
from tests.awards.entering.entrants import (
    HTML,
    TEXTS,
    entered,
    entry_of,
    hand_in,
    mails_promised,
    member_of,
    pair,
    planted,
    sign,
    state,
    write,
)
from tests.clock import NOW, Clock
from tests.doors import value
from tests.ticketing.conftest import Mailbox

PINNED = "SELECT v.number FROM award_entry e JOIN entry_version v ON v.id = e.pinned"


async def test_one_member_alone_hands_in_at_once(http: httpx.AsyncClient) -> None:
    await planted()
    lead = await entered(http)
    await write(http, lead)
    assert (await hand_in(http, lead)).headers["location"] == f"{lead}?done=handed"
    assert (await state(lead), await value(PINNED)) == ("submitted", 1)


async def test_a_pair_counts_once_both_have_signed(http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox) -> None:
    await planted()
    lead, other = await pair(http)
    await hand_in(http, lead)
    assert await state(lead) == "draft"
    assert "Waits for sign-offs" in (await http.get(lead, headers=HTML)).text
    page = (await http.get(f"{other}/read", headers=HTML)).text
    assert re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    assert (await sign(http, other)).status_code == 303
    assert (await state(lead), await value(PINNED)) == ("submitted", 1)
    await jobs.drain(clock)
    subjects = sorted(str(mail["Subject"]) for mail in mailbox() if "handed in" in str(mail["Subject"]))
    assert len(subjects) >= 1
    assert await mails_promised("submitted") == 2


async def test_a_version_is_its_words(http: httpx.AsyncClient) -> None:
    await planted()
    lead, _other = await pair(http)
    await hand_in(http, lead)
    row = await fetch_one("SELECT id, body, digest FROM entry_version")
    assert row is not None
    assert row["digest"] == hashlib.sha256(row["body"].encode()).digest()
    body = await versions.body_of(row["id"])
    assert body.texts["title"]["en"].text == TEXTS["title"]
    assert [(m.organisation, m.country, m.lead) for m in body.members] == [
        ("Minato Heat K.K.", "JP", True),
        ("Fjordvarme ApS", "DK", False),
    ]
    assert versions.encode(msgspec.json.decode(row["body"], type=EntryBody)) == row["body"]


async def test_what_is_missing_is_all_named(http: httpx.AsyncClient) -> None:
    await planted(least_members=2, evidence=True)
    lead = await entered(http)
    await write(http, lead, summary="")
    answer = await hand_in(http, lead)
    assert answer.status_code == 422
    for words in (
        "Summary is missing in English.",
        "This category needs at least 2 members.",
        "The climate evidence is missing.",
    ):
        assert words in answer.text
    assert await value("SELECT count(*) FROM entry_version") == 0


async def test_a_new_version_asks_anew_and_the_one_before_stands(http: httpx.AsyncClient) -> None:
    await planted()
    lead, other = await pair(http)
    await hand_in(http, lead)
    await sign(http, other)
    await write(http, lead, title="Another title")
    await hand_in(http, lead)
    assert (await state(lead), await value(PINNED)) == ("submitted", 1)
    assert await mails_promised("sign") == 2
    await sign(http, other)
    assert await value(PINNED) == 2


async def test_the_same_words_are_the_same_version(http: httpx.AsyncClient) -> None:
    await planted()
    lead, other = await pair(http)
    await hand_in(http, lead)
    await hand_in(http, lead)
    await sign(http, other)
    assert (await value("SELECT count(*) FROM entry_version"), await mails_promised("sign")) == (1, 1)


async def test_nobody_signs_what_he_has_not_read(http: httpx.AsyncClient) -> None:
    await planted()
    lead, other = await pair(http)
    await hand_in(http, lead)
    read = await value("SELECT encode(digest, 'hex') FROM entry_version")
    await write(http, lead, title="Changed behind your back")
    await hand_in(http, lead)
    answer = await http.post(f"{other}/sign", data={"digest": read}, headers=HTML)
    assert answer.status_code == 409
    assert "Changed behind your back" in answer.text
    assert await state(lead) == "draft"
    assert (await http.post(f"{other}/sign", data={"digest": "zz"}, headers=HTML)).status_code == 422


async def test_a_member_who_refuses_keeps_the_entry_from_counting(http: httpx.AsyncClient) -> None:
    await planted()
    lead, other = await pair(http)
    assert (await http.post(f"{other}/decline", headers=HTML)).status_code == 303
    answer = await hand_in(http, lead)
    assert answer.status_code == 422
    assert "Fjordvarme ApS does not want to take part" in answer.text
    assert await mails_promised("declined") == 1
    await http.post(f"{lead}/members/{member_of(other)}", data={"action": "remove"}, headers=HTML)
    await hand_in(http, lead)
    assert await state(lead) == "submitted"


async def test_withdrawn_is_withdrawn(http: httpx.AsyncClient) -> None:
    await planted()
    lead, other = await pair(http)
    await hand_in(http, lead)
    await sign(http, other)
    assert (await http.get(f"{lead}/withdraw", headers=HTML)).status_code == 200
    assert (await http.post(f"{lead}/withdraw", headers=HTML)).status_code == 303
    assert await state(lead) == "withdrawn"
    assert (await hand_in(http, lead)).status_code == 409
    assert (await sign(http, other)).status_code == 409
    assert await mails_promised("withdrawn") == 2


async def judged(entry: UUID) -> None:
    """Let a round of judging open."""
    category = await value("SELECT category FROM award_entry WHERE id = $1", entry)
    assert isinstance(category, UUID)
    await planting.open_round(await planting.round_(category))


async def test_what_is_judged_stays_as_it_is(http: httpx.AsyncClient) -> None:
    await planted()
    lead, other = await pair(http)
    await hand_in(http, lead)
    await sign(http, other)
    await write(http, lead, title="Too late")
    await judged(entry_of(lead))
    assert (await hand_in(http, lead)).status_code == 409
    assert (await write(http, lead)).status_code == 409
    assert await value(PINNED) == 1


async def test_the_database_keeps_the_version_that_is_judged(http: httpx.AsyncClient) -> None:
    await planted()
    lead = await entered(http)
    await write(http, lead)
    await hand_in(http, lead)
    await write(http, lead, title="Two")
    await hand_in(http, lead)
    await judged(entry_of(lead))
    first = await value("SELECT id FROM entry_version WHERE number = 1")
    with pytest.raises(asyncpg.CheckViolationError, match="is being judged"):
        await fetch("UPDATE award_entry SET pinned = $1", first)


async def test_a_version_cannot_be_changed(http: httpx.AsyncClient) -> None:
    await planted()
    lead = await entered(http)
    await write(http, lead)
    await hand_in(http, lead)
    with pytest.raises(asyncpg.RestrictViolationError):
        await fetch("UPDATE entry_version SET body = '{}'")


async def test_last_signatures_at_once_hand_in_once(committed: None, clock: Clock) -> None:
    award = await planting.award("at-once-2026")
    category = await planting.category(award)
    entry = await planting.entry(category, state="draft")
    await _written(entry.id)
    await versions.hand_in(entry=entry.id, member=entry.members[0], now=NOW)
    digest = await value("SELECT digest FROM entry_version")
    assert isinstance(digest, bytes)
    await asyncio.gather(
        *(versions.sign(entry=entry.id, member=entry.members[1], digest=digest, now=NOW) for _ in range(8))
    )
    assert await value("SELECT state FROM award_entry") == "submitted"
    assert await mails_promised("submitted") == 2


async def test_numbers_are_given_out_once(committed: None, clock: Clock) -> None:
    await planting.category(await planting.award("numbers-2026"))
    found = await any_award("numbers-2026")
    wishes = [
        Beginning(category="pairs", organisation=f"O{n}", country="JP", name=f"N{n}", email=f"n{n}@example.org")
        for n in range(12)
    ]
    await asyncio.gather(*(begin.begin(award=found, wish=wish, now=NOW) for wish in wishes))
    assert await value("SELECT array_agg(number ORDER BY number) FROM award_entry") == list(range(1, 13))


async def _written(entry: UUID) -> None:
    form = EntryForm(texts={name: {"en": Said(words)} for name, words in TEXTS.items()})
    await fetch("UPDATE award_entry SET draft = $2 WHERE id = $1", entry, msgspec.json.encode(form).decode())
