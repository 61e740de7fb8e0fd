"""The public vote: one ballot a ticket, secret until the release, exact at both ends."""

import asyncio
import datetime as dt
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.awards.deciding.scores import ranking
from app.awards.reach import any_round
from app.awards.releasing import personal, release, votes
from app.awards.releasing.errors import VoteClosed
from app.core import retention
from app.core.db import fetch, transaction
from app.core.web.frame import Frame
from app.people import erasure
from app.ticketing.tickets import page_token
from tests.attendance.factories import Made, ticket
from tests.awards import planting
from tests.awards.planting import Field
from tests.awards.releasing.finished import HTML, LATER, api, decide, desk, judged, page, released, runner
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import value

MILLI = dt.timedelta(milliseconds=1)
OPEN = {"vote_opens_at": NOW, "vote_closes_at": NOW + planting.DAY}


async def field(**columns: Any) -> Field:
    """Plant a round that the public votes in."""
    found: Field = await judged(**{"entries_count": 3, "judges_count": 2, **OPEN, **columns})
    return found


def booth(made: Made, planted: Field) -> str:
    return f"/tickets/{page_token(made.id)}/vote/{planted.round}"


async def cast(http: httpx.AsyncClient, made: Made, planted: Field, entry: int = 0) -> httpx.Response:
    return await http.post(booth(made, planted), data={"entry": str(planted.entries[entry].id)}, headers=HTML)


async def counted() -> dict[UUID, int]:
    rows = await fetch("SELECT entry, count(*) AS n FROM ballot GROUP BY entry")
    return {row["entry"]: row["n"] for row in rows}


async def test_ticket_votes_once_and_may_change_its_vote(http: httpx.AsyncClient) -> None:
    planted, made = await field(), await ticket()
    shown = await http.get(booth(made, planted), headers=HTML)
    assert [f"Entry {n}" in shown.text for n in (1, 2, 3, 4)] == [True, True, True, False]
    assert "Entry 1: summary" in shown.text
    assert "Minato Heat" not in shown.text
    answer = await cast(http, made, planted, 0)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{booth(made, planted)}?done=voted")
    assert await counted() == {planted.entries[0].id: 1}
    again = await http.get(booth(made, planted), headers=HTML)
    assert "This ticket has voted" in again.text
    assert f'value="{planted.entries[0].id}" required checked' in again.text
    await cast(http, made, planted, 2)
    assert await counted() == {planted.entries[2].id: 1}


async def test_vote_is_linked_from_the_ticket_while_it_is_open(http: httpx.AsyncClient, clock: Clock) -> None:
    planted, made = await field(), await ticket()
    link, own = f"/vote/{planted.round}", f"/tickets/{page_token(made.id)}"
    assert link in (await http.get(own, headers=HTML)).text
    clock.moment = NOW + planting.DAY - MILLI
    assert link in (await http.get(own, headers=HTML)).text
    clock.moment = NOW + planting.DAY
    assert link not in (await http.get(own, headers=HTML)).text
    clock.moment = NOW - MILLI
    assert link not in (await http.get(own, headers=HTML)).text


@pytest.mark.parametrize(
    ("at", "taken"),
    [
        (-MILLI, False),
        (0 * MILLI, True),
        (planting.DAY - MILLI, True),
        (planting.DAY, False),
        (planting.DAY + MILLI, False),
    ],
)
async def test_votes_are_taken_to_the_millisecond(
    http: httpx.AsyncClient, clock: Clock, at: dt.timedelta, *, taken: bool
) -> None:
    planted, made = await field(), await ticket()
    clock.moment = NOW + at
    answer = await cast(http, made, planted)
    assert answer.status_code == (303 if taken else 409)
    assert sum((await counted()).values()) == taken
    shown = await http.get(booth(made, planted), headers=HTML)
    assert ("Entry 1" in shown.text) is taken


@pytest.mark.parametrize("state", ["waiting", "offered", "unapproved", "unpaid", "blocked", "canceled"])
async def test_only_valid_tickets_vote(http: httpx.AsyncClient, state: str) -> None:
    planted, made = await field(), await ticket()
    await cast(http, made, planted)
    await fetch("UPDATE ticket SET state = $2 WHERE id = $1", made.id, state)
    answer = await cast(http, made, planted, 1)
    assert (answer.status_code, "Only who holds a valid ticket can vote." in answer.text) == (409, True)
    assert "Entry 1" not in answer.text
    found = await any_round(planted.round)
    assert await votes.tally(found, now=LATER) == {}


async def test_strangers_find_no_vote(http: httpx.AsyncClient) -> None:
    planted, made = await field(), await ticket()
    other = await field(slug="other-2026", vote_opens_at=None, vote_closes_at=None)
    draft = await planting.round_(planted.category, planted.rubric, position=2, **OPEN)
    base = f"/tickets/{page_token(made.id)}/vote"
    for place in (
        f"{base}/{other.round}",
        f"{base}/{draft}",
        f"{base}/{UUID(int=1)}",
        f"/tickets/x/vote/{planted.round}",
    ):
        assert (await http.get(place, headers=HTML)).status_code == 404
        assert (await http.post(place, data={"entry": str(planted.entries[0].id)}, headers=HTML)).status_code == 404
    await fetch("UPDATE award SET published_at = NULL WHERE id = $1", planted.award)
    assert (await http.get(booth(made, planted), headers=HTML)).status_code == 404
    assert await counted() == {}


async def test_only_entries_of_the_round_are_voted_for(http: httpx.AsyncClient) -> None:
    planted, made = await field(), await ticket()
    other = await planting.entry(await planting.category(planted.award, "other", position=2))
    gone = await planting.entry(planted.category, state="withdrawn")
    for said in ({"entry": str(other.id)}, {"entry": str(gone.id)}, {"entry": "x"}, {}):
        answer = await http.post(booth(made, planted), data=said, headers=HTML)
        assert answer.status_code == 422
    assert await counted() == {}
    with pytest.raises(asyncpg.CheckViolationError, match="ballot"):
        async with transaction():
            await fetch(
                "INSERT INTO ballot (id, round, ticket, entry, cast_at) VALUES (gen_random_uuid(), $1, $2, $3, $4)",
                planted.round,
                made.id,
                other.id,
                NOW,
            )


async def test_counts_are_secret_until_the_release(app: Frame, http: httpx.AsyncClient, clock: Clock) -> None:
    planted = await field(public_percent=40)
    for n in range(7):
        assert (await cast(http, await ticket(), planted, n % 2)).status_code == 303
    found = await any_round(planted.round)
    assert await votes.tally(found, now=NOW + planting.DAY - MILLI) is None
    await planting.close_round(planted.round)
    found = await any_round(planted.round)
    assert {line.public_place for line in (await ranking(found, now=NOW)).lines} == {None}
    counts = {planted.entries[0].id: 4, planted.entries[1].id: 3}
    assert await votes.tally(found, now=NOW + planting.DAY) == counts
    await decide(planted)
    assert (await http.get(api(planted, "results"))).status_code == 404
    clock.moment = LATER
    await released(planted)
    result = (await http.get(api(planted, "results"))).json()
    assert result["public_votes"] == 7
    assert [line["public_place"] for line in result["winners"]] == [1, 2, 3]
    bundle = (await http.get(api(planted, "bundle"))).json()
    assert bundle["votes"] == {str(entry): count for entry, count in counts.items()}
    assert bundle["vote_rule"] == "one-per-ticket-v1"
    assert bundle["computed"]["basis"] == "mixed"
    clock.moment = NOW
    async with desk(app, planted.award) as one:
        assert "Votes of the public" in (await one.get(page(planted))).text


async def test_ballot_after_a_proposal_is_refused_and_one_canceled_since_stays_counted(http: httpx.AsyncClient) -> None:
    planted, made, late = await field(), await ticket(), await ticket()
    await cast(http, made, planted)
    await decide(planted)
    found, one, other = await any_round(planted.round), await runner(planted.award), await runner(planted.award)
    proposal = await release.propose(found=found, principal=one, now=LATER)
    with pytest.raises(VoteClosed):  # a request that began in time, and was slow
        await votes.cast(ticket=late.id, round_id=planted.round, entry=planted.entries[1].id, now=NOW)
    await fetch("UPDATE ticket SET state = 'canceled' WHERE id = $1", made.id)
    await release.approve(found=found, release=proposal, principal=other, now=LATER)
    assert (await http.get(api(planted, "results"))).json()["public_votes"] == 1


async def test_vote_of_the_one_before_is_not_shown_to_whoever_took_the_ticket_over(http: httpx.AsyncClient) -> None:
    planted, made = await field(), await ticket()
    await cast(http, made, planted)
    holder = (await ticket()).person
    await fetch("UPDATE ticket SET person = $2 WHERE id = $1", made.id, holder)
    await fetch(
        "INSERT INTO ticket_change (id, ticket, person, at, actor, action, fields) VALUES"
        " (gen_random_uuid(), $1, $2, $3, 'holder', 'transferred', '[]')",
        made.id,
        holder,
        NOW + MILLI,
    )
    address = f"/tickets/{page_token(made.id, holder)}/vote/{planted.round}"
    shown = await http.get(address, headers=HTML)
    assert (shown.status_code, "checked" in shown.text) == (200, False)
    assert (await cast(http, made, planted)).status_code == 404  # the link of the one before


@pytest.mark.usefixtures("http")
async def test_times_of_a_vote_are_pinned_when_the_round_opens() -> None:
    planted = await field()
    for change in (
        "vote_closes_at = vote_closes_at + interval '1 hour'",
        "vote_opens_at = NULL",
        "public_percent = 50",
    ):
        with pytest.raises(asyncpg.CheckViolationError, match="pinned"):
            async with transaction():
                await fetch(f"UPDATE award_round SET {change} WHERE id = $1", planted.round)


async def _flood(app: Frame, clock: Clock, *, tickets: int, each: int) -> None:
    """Send each ticket's ballot many times at once, with entries that take turns."""
    planted = await field()
    made = [await ticket() for _ in range(tickets)]
    gate = asyncio.Semaphore(40)
    async with client(app) as http:

        async def send(n: int) -> int:
            async with gate:
                return (await cast(http, made[n % tickets], planted, n % 3)).status_code

        found = await asyncio.gather(*(send(n) for n in range(tickets * each)))
    assert set(found) == {303}
    assert sum((await counted()).values()) == tickets
    assert await value("SELECT count(DISTINCT ticket) FROM ballot") == tickets


@pytest.mark.committed
@pytest.mark.usefixtures("committed")
async def test_duplicate_ballots_at_once_are_one_each() -> None:
    planted = await field()
    made = [await ticket() for _ in range(10)]
    gate = asyncio.Semaphore(40)

    async def send(n: int) -> None:
        async with gate:
            entry = planted.entries[n % 3].id
            await votes.cast(ticket=made[n % 10].id, round_id=planted.round, entry=entry, now=NOW)

    await asyncio.gather(*(send(n) for n in range(500)))
    assert sum((await counted()).values()) == 10
    assert await value("SELECT count(DISTINCT ticket) FROM ballot") == 10


@pytest.mark.faults
@pytest.mark.committed
@pytest.mark.usefixtures("committed")
async def test_ten_thousand_duplicate_ballots_at_once_are_one_each(app: Frame, clock: Clock) -> None:
    await _flood(app, clock, tickets=100, each=100)


async def test_ballots_are_given_out_forgotten_and_cleared(http: httpx.AsyncClient) -> None:
    planted, made, other = await field(), await ticket(), await ticket()
    for n, one in enumerate((made, other)):
        await cast(http, one, planted, n)
    (file,) = await personal.export([made.person])
    assert [(row["ticket"], row["entry"]) for row in file.content] == [(made.id, planted.entries[0].id)]
    await erasure.erase(persons=[made.person], actor="test", now=NOW)
    assert await counted() == {planted.entries[1].id: 1}
    assert (await personal.export([made.person]))[0].content == []
    await decide(planted)
    await released(planted)
    (kept,) = [one for one in retention.KEPT if one.purpose == "ballots"]
    assert await retention.clear(kept, days=30, now=LATER + 30 * planting.DAY) == 0
    assert await retention.clear(kept, days=30, now=LATER + 30 * planting.DAY + MILLI) == 1
    assert await counted() == {}
    assert (await http.get(api(planted, "results"))).json()["public_votes"] == 1
