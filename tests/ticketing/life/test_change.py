"""Changing what is declared with a ticket, and the sessions it reserves."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from app.core.db import fetch, fetch_one
from app.core.errors import Invalid, NotFound
from app.ticketing.errors import SoldOut, TooLate
from app.ticketing.life.by import HOLDER, By
from app.ticketing.life.cancel import cancel
from app.ticketing.life.change import change as really_change
from app.ticketing.life.edits import TicketEdit
from app.ticketing.registering import answers, offers
from app.ticketing.states import NotNow
from tests.clock import NOW
from tests.doors import value
from tests.ticketing.life.doing import (
    EARLY,
    STAFF,
    capacity,
    changes,
    counted_session,
    details,
    people,
    register,
    set_type,
    status,
    taken,
    ticket,
    ticket_mails,
    waiting,
)
from tests.ticketing.stock import sound
from tests.ticketing.wishes import member

pytestmark = pytest.mark.usefixtures("rollback")


async def change(ticket_id: UUID, *, by: By = HOLDER, now: dt.datetime = EARLY, **fields: Any) -> None:
    await really_change(ticket=ticket_id, wish=msgspec.convert(fields, TicketEdit), by=by, now=now)


def fields_of(error: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(e.field, e.code) for e in error.value.errors]


async def test_change_details() -> None:
    [held] = (await register()).tickets
    await change(held.id, name=" 李 娜 ", reading="Na Li", organisation="Blue Bay", email="new@example.org")
    found = await details(held.id)
    assert (found.name, found.reading, found.organisation, found.email) == (
        "李 娜", "Na Li", "Blue Bay", "new@example.org",
    )  # fmt: skip
    row = await ticket(held.id)
    assert (row["revision"], row["changed_at"], row["generation"]) == (1, EARLY, 0)
    assert await changes(held.id) == [("changed", "holder")]
    fields = await value("SELECT fields::text FROM ticket_change")
    assert msgspec.json.decode(str(fields)) == ["name", "email", "reading", "organisation"]
    assert await ticket_mails(held.id) == 2
    await sound()


async def test_what_is_not_sent_stays_and_the_person_as_well() -> None:
    [held] = (await register(member(needs=["wheelchair"], organisation="Green Bay"))).tickets
    before = await ticket(held.id)
    await change(held.id, reading="Na Li")
    after = await ticket(held.id)
    assert (after["person"], after["code_digest"], after["has_needs"]) == (
        before["person"], before["code_digest"], True,
    )  # fmt: skip
    assert ((await details(held.id)).needs, (await details(held.id)).organisation) == (("wheelchair",), "Green Bay")


async def test_nothing_changed_leaves_no_trace() -> None:
    [held] = (await register()).tickets
    await change(held.id, name="李娜", reading="Li Na", residence="SG", sessions=[], answers={})
    assert (await ticket(held.id))["revision"] == 0
    assert await changes(held.id) == []
    assert await ticket_mails(held.id) == 1


async def test_needs_are_no_reason_for_another_mail() -> None:
    [held] = (await register()).tickets
    await change(held.id, needs=["captions"], needs_note="front row", languages=["ja"])
    assert (await ticket(held.id))["has_needs"]
    assert await ticket_mails(held.id) == 1
    assert (await details(held.id)).needs_note == "front row"


async def test_mail_goes_to_whoever_registered_when_the_own_address_is_taken_out() -> None:
    [_first, held] = (await register(member(), member(name="林", email="lin@example.org"))).tickets
    assert (await details(held.id)).email == "lin@example.org"
    await change(held.id, email="")
    assert (await details(held.id)).email == "li.na@example.org"


async def test_residence_is_the_person_s_and_the_ledger_learns_of_it() -> None:
    [held] = (await register()).tickets
    await change(held.id, residence="KR")
    assert (await ticket(held.id))["residence"] == "KR"
    assert await value("SELECT residence FROM person") == "KR"
    rows = await fetch("SELECT payload FROM job WHERE name = 'attendance.record_residence'")
    assert len(rows) == 1
    assert len(msgspec.json.decode(rows[0]["payload"])["source"]) <= 80
    await change(held.id, residence="JP")
    assert len(await fetch("SELECT 1 FROM job WHERE name = 'attendance.record_residence'")) == 2


async def test_sessions_are_exchanged() -> None:
    one, other = await counted_session(), await session("yoxo-festival-kids-programming")
    [held] = (await register(member(sessions=[str(one)]))).tickets
    await change(held.id, sessions=[str(other)])
    assert (await taken("yoxo-festival-night-meetup"), await taken("yoxo-festival-kids-programming")) == (0, 1)
    assert await value("SELECT session FROM reservation") == other
    assert await ticket_mails(held.id) == 2
    await sound()


async def session(quota: str) -> UUID:
    row = await fetch_one("SELECT session FROM quota WHERE slug = $1", quota)
    assert row is not None
    found: UUID = row["session"]
    return found


async def test_sessions_are_all_taken_or_none() -> None:
    one, other = await counted_session(), await session("yoxo-festival-kids-programming")
    [held] = (await register(member(sessions=[str(one)]))).tickets
    await capacity("yoxo-festival-kids-programming", 0)
    with pytest.raises(SoldOut) as error:
        await change(held.id, sessions=[str(other)], name="Somebody")
    assert [full["quota"] for full in error.value.extra["full"]] == ["yoxo-festival-kids-programming"]  # type: ignore[attr-defined]
    assert (await details(held.id)).name == "李娜"
    assert await taken("yoxo-festival-night-meetup") == 1
    await sound()


async def test_a_place_given_up_goes_to_whoever_waits_for_it() -> None:
    one = await counted_session()
    await capacity("yoxo-festival-night-meetup", 1)
    [held] = (await register(member(sessions=[str(one)]))).tickets
    behind = await waiting(member(name="b", sessions=[str(one)]))
    await change(held.id, sessions=[])
    assert await status(behind.id) == "offered"
    await sound()


async def test_nested_places_stay_taken_while_anything_needs_them() -> None:
    """Two sessions within one parent, and the parent is the ticket type's as well."""
    one, other = await counted_session(), await session("yoxo-festival-kids-programming")
    await fetch(
        "UPDATE quota SET within = (SELECT id FROM quota WHERE slug = 'yoxo-workshops')"
        " WHERE slug IN ('yoxo-festival-night-meetup', 'yoxo-festival-kids-programming')"
    )
    await fetch(
        "UPDATE quota SET within = (SELECT id FROM quota WHERE slug = 'citywide') WHERE slug = 'yoxo-workshops'"
    )
    offers.forget()
    [held] = (await register(member(sessions=[str(one), str(other)]))).tickets
    assert await taken("yoxo-workshops") == 1
    await change(held.id, sessions=[str(other)])
    assert await taken("yoxo-workshops") == 1
    await change(held.id, sessions=[])
    assert (await taken("yoxo-workshops"), await taken("citywide")) == (0, 1)
    await change(held.id, sessions=[str(one)])
    assert await taken("yoxo-workshops") == 1
    await sound()


async def test_a_session_once_taken_stays_though_it_is_over_or_withdrawn() -> None:
    one, other = await counted_session(), await session("yoxo-festival-kids-programming")
    [held] = (await register(member(sessions=[str(one)]))).tickets
    await fetch("UPDATE session SET canceled_at = now() WHERE id = $1", one)
    offers.forget()
    await change(held.id, sessions=[str(one), str(other)])
    assert len(await fetch("SELECT 1 FROM reservation")) == 2
    await change(held.id, sessions=[str(other)])
    assert await taken("yoxo-festival-night-meetup") == 0
    await sound()


async def test_every_wrong_field_is_named() -> None:
    one = await counted_session()
    found = await register(member(ticket_type="ascc-ticket"), member(name="c", child=True))
    held = found.tickets[0]
    with pytest.raises(Invalid) as error:
        await change(
            held.id,
            child=True,
            email=f"x@{'a' * 64}.example",
            sessions=[str(one), str(uuid4())],
            answers={"no-such": "x"},
        )
    assert fields_of(error) == [
        ("email", "format"), ("child", "adult"), ("sessions[0]", "not_covered"), ("sessions[1]", "choice"),
        ("answers.no-such", "unknown"),
    ]  # fmt: skip
    assert (await ticket(held.id))["revision"] == 0


async def test_answers_are_checked_sealed_and_replaced() -> None:
    await question("shirt", "choice", options='[{"value": "m", "label": {"en": "M"}}]', required=True)
    await question("why", "text")
    [held] = (await register(member(answers={"shirt": "m", "why": "fun"}))).tickets
    with pytest.raises(Invalid) as error:
        await change(held.id, answers={"shirt": "x"})
    assert fields_of(error) == [("answers.shirt", "choice")]
    with pytest.raises(Invalid) as error:
        await change(held.id, answers={"shirt": ""})
    assert fields_of(error) == [("answers.shirt", "required")]
    await change(held.id, answers={"why": ""})
    found = (await answers.of([held.id]))[held.id]
    assert list(found.values()) == ["m"]
    await change(held.id, answers={"why": "work"})
    assert sorted(map(str, (await answers.of([held.id]))[held.id].values())) == ["m", "work"]
    assert (await ticket(held.id))["revision"] == 2


async def question(slug: str, kind: str, *, options: str = "[]", required: bool = False) -> None:
    await fetch(
        "INSERT INTO question (id, convention, slug, position, kind, label, hint, options, required, keep_days,"
        " revision) SELECT gen_random_uuid(), id, $1, 1, $2, '{}', '{}', $3, $4, 90, 0 FROM convention",
        slug,
        kind,
        options,
        required,
    )
    offers.forget()


async def test_who_waits_may_want_something_else_and_get_it() -> None:
    one = await counted_session()
    await capacity("yoxo-festival-night-meetup", 0)
    await fetch("UPDATE quota SET capacity = 1 WHERE slug = 'yoxo-festival-night-meetup'")
    await register(member(name="a", sessions=[str(one)]))
    found = await waiting(member(name="b", sessions=[str(one)]))
    assert await status(found.id) == "waiting"
    await change(found.tickets[0].id, sessions=[])
    assert await status(found.id) == "offered"
    await sound()


async def test_holders_are_bound_by_the_first_day_unless_the_type_says_otherwise() -> None:
    [held] = (await register()).tickets
    midnight = dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC)
    await change(held.id, reading="a", now=midnight - dt.timedelta(seconds=1))
    with pytest.raises(TooLate) as error:
        await change(held.id, reading="b", now=midnight)
    assert "November 21, 2026, 00:00" in error.value.detail
    assert error.value.extra["until"] == midnight.isoformat()
    await set_type("citywide-pass", changes_until=NOW + dt.timedelta(days=1))
    await change(held.id, reading="b", now=NOW)
    await set_type("citywide-pass", changes_until=EARLY)
    with pytest.raises(TooLate):
        await change(held.id, reading="c", now=EARLY)
    await change(held.id, reading="c", by=STAFF, now=NOW)
    assert (await changes(held.id))[-1] == ("changed", "account")


async def test_what_is_over_cannot_be_changed() -> None:
    found = await register(*people(1))
    await cancel(registration=found.id, by=HOLDER, now=EARLY)
    with pytest.raises(NotNow):
        await change(found.tickets[0].id, name="x")
    with pytest.raises(NotFound):
        await change(uuid4(), name="x")
