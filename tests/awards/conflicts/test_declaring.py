"""Declarations: before anything is seen, for the whole list, once; while judging is blind they tell nothing."""

import re
from uuid import uuid4

import httpx

from app.awards.conflicts import recusals
from app.awards.conflicts.promises import parties_changed
from app.core import jobs
from app.core.db import fetch
from app.core.web.frame import Frame
from app.people import access
from app.people.roles import Scope
from tests.awards import planting
from tests.awards.conflicts.desks import Desk, acts, desk
from tests.clock import NOW, Clock
from tests.doors import browser_of
from tests.ticketing.conftest import Mailbox


async def test_an_open_round_lists_entries_with_their_parties_and_no_word_of_them(
    app: Frame, http: httpx.AsyncClient
) -> None:
    at = await desk(app)
    asked = await at.asked()
    assert not asked["blind"]
    assert [item["number"] for item in asked["items"]] == [1, 2, 3]
    assert asked["items"][0]["parties"] == [
        {"organisation": "緑湾エナジー株式会社", "person": "Person 1 of entry 1", "country": "JP"},
        {"organisation": "Fjordvarme ApS", "person": "Person 2 of entry 1", "country": "DK"},
    ]
    page = await at.judges[0].get("/judging/green-2026/declare")
    assert "Fjordvarme ApS" in page.text
    assert "Secret title" not in page.text


async def test_a_blind_round_lists_parties_by_name_and_not_their_entries(app: Frame, http: httpx.AsyncClient) -> None:
    at = await desk(app, blind=True)
    asked = await at.asked()
    assert asked["blind"]
    assert {item["number"] for item in asked["items"]} == {None}
    assert [[party["organisation"] for party in item["parties"]] for item in asked["items"]] == [
        ["Fjordvarme ApS"],
        ["Hamakaze Labs"],
        ["Kraftwerk Nord GmbH"],
        ["横浜市"],
        ["緑湾エナジー株式会社"],
    ]
    page = (await at.judges[0].get("/judging/green-2026/declare")).text
    assert not any(str(one.id) in page for one in at.field.entries)
    assert "Secret title" not in page
    assert {item["key"] for item in asked["items"]}.isdisjoint(item["key"] for item in (await at.asked(1))["items"])


async def test_a_blind_list_is_the_same_whoever_stands_behind_which_entry(app: Frame, http: httpx.AsyncClient) -> None:
    at = await desk(app, blind=True)
    before = await _seen(at)
    await fetch(
        "UPDATE entry_member SET entry = CASE entry WHEN $1 THEN $2::uuid ELSE $1::uuid END WHERE entry IN ($1, $2)",
        at.entry(0),
        at.entry(2),
    )
    assert await _seen(at) == before


async def _seen(at: Desk) -> tuple[bytes, bytes]:
    """Return what a judge gets, page and API, but for what is drawn anew for every answer."""
    page = (await at.judges[0].get("/judging/green-2026/declare")).content
    return re.sub(rb'nonce="[^"]+"', b"", page), (await at.judges[0].get(at.declarations)).content


async def test_who_has_no_tie_is_free_and_who_has_one_is_shut_out(app: Frame, http: httpx.AsyncClient) -> None:
    at = await desk(app)
    assert not await recusals.declared_free(at.judge(0), at.entry(0))
    assert (await at.declare(0, "Fjordvarme ApS", tie="person")).status_code == 201
    assert await recusals.free_entries(at.judge(0)) == {at.entry(1), at.entry(2)}
    (one,) = await at.conflicts()
    assert (one["judge"], one["entry"], one["source"], one["tie"], one["state"]) == (
        str(at.judge(0)),
        str(at.entry(0)),
        "declared",
        "person",
        "proposed",
    )
    assert (await at.asked())["items"] == []
    assert await acts() == ["conflict.declare"]


async def test_a_blind_tick_meets_every_entry_of_the_party(app: Frame, http: httpx.AsyncClient) -> None:
    at = await desk(app, blind=True)
    answer = await at.declare(0, "横浜市")
    assert answer.json() == {"asked": 5}
    assert await recusals.free_entries(at.judge(0)) == {at.entry(0), at.entry(2)}


async def test_a_tie_needs_a_word_and_a_key_of_the_list(app: Frame, http: httpx.AsyncClient) -> None:
    at = await desk(app)
    assert (await at.declare(0, "Fjordvarme ApS", note=" ")).json()["errors"][0]["field"] == "note"
    other = (await at.asked(1))["items"][0]["key"]
    assert (await at.declare(0, tied=[other], note="x")).json()["errors"][0]["field"] == "tied"
    assert not await recusals.free_entries(at.judge(0))


async def test_a_list_that_has_changed_is_shown_again(app: Frame, http: httpx.AsyncClient) -> None:
    at = await desk(app)
    asked = await at.asked()
    await planting.entry(at.field.category)
    await fetch("UPDATE award_entry SET pinned = (SELECT id FROM entry_version WHERE entry = award_entry.id)")
    answer = await at.judges[0].post(at.declarations, json={"list": asked["list"]})
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/problems/list-changed")
    assert not await recusals.free_entries(at.judge(0))


async def test_nobody_is_asked_while_entries_still_come(app: Frame, http: httpx.AsyncClient, clock: Clock) -> None:
    at = await desk(app)
    group = await planting.category(at.field.award, "second", position=2)
    draft = await planting.round_(group, await planting.rubric(at.field.award, version=2))
    await planting.seats(draft, [at.field.judges[0]])
    made = await planting.entry(group)
    await fetch("UPDATE award_entry SET pinned = $2 WHERE id = $1", made.id, made.version)
    assert len((await at.asked())["items"]) == 3
    clock.forward(days=1)
    assert len((await at.asked())["items"]) == 4


async def test_new_parties_are_declared_for_anew(app: Frame, http: httpx.AsyncClient) -> None:
    at = await desk(app)
    await at.declare()
    assert await recusals.declared_free(at.judge(0), at.entry(2))
    await parties_changed(entry=at.entry(2), now=NOW)
    assert not await recusals.declared_free(at.judge(0), at.entry(2))
    assert [item["number"] for item in (await at.asked())["items"]] == [3]
    await at.declare()
    assert await recusals.declared_free(at.judge(0), at.entry(2))


async def test_in_a_blind_round_new_parties_are_asked_about_among_all(app: Frame, http: httpx.AsyncClient) -> None:
    at = await desk(app, blind=True)
    await at.declare()
    await parties_changed(entry=at.entry(2), now=NOW)
    assert len((await at.asked())["items"]) == 5


async def test_a_judge_steps_back_from_an_entry_it_has_seen(app: Frame, http: httpx.AsyncClient) -> None:
    at = await desk(app)
    await at.declare()
    await planting.assign(at.field.round, [(at.entry(0), at.judge(0))], free=False)
    said = {"tie": "person", "note": "I know the handwriting."}
    assert (await at.judges[0].post(f"{at.declarations}/{at.entry(1)}", json=said)).status_code == 404
    assert (await at.judges[1].post(f"{at.declarations}/{at.entry(0)}", json=said)).status_code == 404
    assert (await at.judges[0].post(f"{at.declarations}/{at.entry(0)}", json=said)).status_code == 204
    assert not await recusals.declared_free(at.judge(0), at.entry(0))
    assert [one["state"] for one in await at.conflicts()] == ["proposed"]
    assert (await at.judges[0].post(f"{at.declarations}/{at.entry(0)}", json=said)).status_code == 404
    assert await acts() == ["conflict.declare", "conflict.step_back"]


async def test_secretaries_get_one_mail_each_that_names_nobody(
    app: Frame, http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox
) -> None:
    at = await desk(app)
    for n in range(2):
        scope = Scope(awards=(at.field.award,))
        await access.add_account(role="secretary", label="Office", now=NOW, scope=scope, email=f"office{n}@example.org")
    await access.add_account(
        role="secretary", label="Else", now=NOW, scope=Scope(awards=(uuid4(),)), email="else@example.org"
    )
    await at.declare(0, "Fjordvarme ApS")
    await jobs.drain(clock)
    assert sorted(str(mail["to"]).partition("<")[2] for mail in mailbox()) == [
        "office0@example.org>",
        "office1@example.org>",
    ]
    for mail in mailbox():
        assert not any(name in mail.as_string() for name in ("Fjordvarme", "J01", "Judge 1", "Secret", "sister"))
        assert "declared" in str(mail["subject"]) or mail["content-language"] == "ja"
    await jobs.drain(clock)
    assert len(mailbox()) == 2


async def test_the_form_declares_and_says_what_is_missing(app: Frame, http: httpx.AsyncClient) -> None:
    at = await desk(app)
    csrf = await browser_of(http, at.field.judges[0].account)
    asked = await at.asked()
    form = {"csrf": csrf, "list": asked["list"], "tied": asked["items"][0]["key"], "note": "A cousin."}
    answer = await http.post("/judging/green-2026/declare", data=form)
    assert answer.status_code == 422
    assert "whole list" in answer.text
    assert "A cousin." in answer.text
    answer = await http.post("/judging/green-2026/declare", data={**form, "sure": "yes"})
    assert answer.status_code == 303
    assert await recusals.free_entries(at.judge(0)) == {at.entry(1), at.entry(2)}
    assert "Nothing to declare" in (await http.get("/judging/green-2026/declare")).text
