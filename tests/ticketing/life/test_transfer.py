"""Passing a ticket on: the code before opens nothing, and nothing of the person before stays with it."""

import datetime as dt
from typing import Any
from uuid import UUID

import msgspec
import pytest

from app.core.db import fetch
from app.core.errors import Invalid
from app.ticketing.errors import AlreadyUsed, LastCode, TooLate
from app.ticketing.life import used
from app.ticketing.life.block import block
from app.ticketing.life.by import HOLDER, By
from app.ticketing.life.edits import NewHolder
from app.ticketing.life.transfer import transfer as really_transfer
from app.ticketing.registering import offers
from app.ticketing.states import NotNow
from app.ticketing.tickets import code_digest
from tests.clock import NOW
from tests.doors import value
from tests.ticketing.life.doing import (
    EARLY,
    STAFF,
    changes,
    counted_session,
    details,
    notes,
    opened,
    register,
    set_type,
    taken,
    ticket,
    ticket_mails,
    waiting,
)
from tests.ticketing.stock import sound
from tests.ticketing.wishes import member

pytestmark = pytest.mark.usefixtures("rollback")


async def transfer(ticket_id: UUID, *, by: By = HOLDER, now: dt.datetime = EARLY, **fields: Any) -> None:
    to = msgspec.convert({"name": "김민수", "residence": "KR", **fields}, NewHolder)
    await really_transfer(ticket=ticket_id, to=to, by=by, now=now)


async def test_transfer() -> None:
    sessions = [str(await counted_session())]
    [held] = (await register(member(organisation="Green Bay", needs=["captions"], sessions=sessions))).tickets
    before = await ticket(held.id)
    await transfer(held.id, email="kim@example.org", reading="Kim")
    after, new = await ticket(held.id), await details(held.id)
    assert (new.name, new.email, new.reading, new.organisation, new.needs) == (
        "김민수", "kim@example.org", "Kim", "", (),
    )  # fmt: skip
    assert after["person"] != before["person"]
    assert (after["residence"], after["generation"], after["revision"], after["has_needs"]) == ("KR", 1, 1, False)
    assert after["code_digest"] not in {before["code_digest"], code_digest(held.code)}
    assert after["places"] == before["places"]
    assert await taken("yoxo-festival-night-meetup") == 1
    assert (await notes("passed_on"), await ticket_mails(held.id)) == (1, 2)
    assert await changes(held.id) == [("transferred", "holder")]
    assert await value("SELECT person FROM ticket_change") == before["person"]
    await sound()


async def test_the_table_knows_the_new_code(http: Any) -> None:
    found = await register()
    await transfer(found.tickets[0].id)
    shown = (await http.get(f"/api/v1/registrations/{found.manage_url.rpartition('/')[2]}")).json()
    [now] = shown["tickets"]
    assert now["code"] != found.tickets[0].code
    assert (await ticket(found.tickets[0].id))["code_digest"] == code_digest(now["code"])
    assert opened(found.manage_url) == found.id


async def test_answers_and_files_of_the_person_before_are_deleted() -> None:
    await fetch(
        "INSERT INTO question (id, convention, slug, position, kind, label, hint, options, required, keep_days,"
        " revision) SELECT gen_random_uuid(), id, 'why', 1, 'text', '{}', '{}', '[]', true, 90, 0 FROM convention"
    )
    offers.forget()
    [held] = (await register(member(answers={"why": "mine"}))).tickets
    with pytest.raises(Invalid) as error:
        await transfer(held.id)
    assert [(e.field, e.code) for e in error.value.errors] == [("answers.why", "required")]
    before = await value("SELECT sealed FROM answer")
    await transfer(held.id, answers={"why": "theirs"})
    assert await value("SELECT count(*) FROM answer") == 1
    assert await value("SELECT sealed FROM answer") != before


async def test_a_person_known_before_is_found_again_and_the_ledger_learns_of_a_move() -> None:
    await register(member(name="김민수", residence="JP"), email="kim@example.org")
    [held] = (await register()).tickets
    await transfer(held.id, email="kim@example.org")
    assert await value("SELECT count(*) FROM person") == 2
    assert await value("SELECT count(*) FROM job WHERE name = 'attendance.record_residence'") == 1


async def test_mail_goes_where_the_party_s_does_without_an_own_address() -> None:
    [held] = (await register()).tickets
    await transfer(held.id)
    assert (await details(held.id)).email == "li.na@example.org"


async def test_equal_names_of_one_party_stay_different_people() -> None:
    found = await register(member(name="林"), member(name="李"))
    await transfer(found.tickets[1].id, name="林")
    assert await value("SELECT count(DISTINCT person) FROM ticket") == 2
    await transfer(found.tickets[1].id, name="林", email="other@example.org")
    assert await value("SELECT count(*) FROM person") == 4


async def test_a_child_comes_with_an_adult() -> None:
    [held] = (await register()).tickets
    with pytest.raises(Invalid) as error:
        await transfer(held.id, child=True)
    assert [(e.field, e.code) for e in error.value.errors] == [("child", "adult")]


async def test_there_is_a_last_code() -> None:
    [held] = (await register()).tickets
    await fetch("UPDATE ticket SET generation = 254")
    await transfer(held.id)
    with pytest.raises(LastCode):
        await transfer(held.id, name="another")
    assert (await details(held.id)).name == "김민수"


async def test_not_after_the_limit_nor_once_used(monkeypatch: pytest.MonkeyPatch) -> None:
    [held] = (await register()).tickets
    with pytest.raises(TooLate):
        await transfer(held.id, now=NOW)

    async def everybody(*, tickets: Any) -> set[UUID]:
        return set(tickets)

    monkeypatch.setattr(used, "USED", [everybody])
    await set_type("citywide-pass", changes_until=NOW + dt.timedelta(days=1))
    with pytest.raises(AlreadyUsed):
        await transfer(held.id, now=NOW)
    await transfer(held.id, by=STAFF, now=NOW)


async def test_only_what_opens_something_or_will(monkeypatch: pytest.MonkeyPatch) -> None:
    [held] = (await register(member(ticket_type="yoxo-ticket"))).tickets
    await block(ticket=held.id, by=STAFF, now=EARLY)
    with pytest.raises(NotNow):
        await transfer(held.id)
    await fetch("UPDATE quota SET capacity = 1 WHERE slug = 'yoxo'")
    found = await waiting(member(name="b", ticket_type="yoxo-ticket"))
    with pytest.raises(NotNow):
        await transfer(found.tickets[0].id)
