"""Channels beside a round of scores: other methods, what stays hidden after a release, who reads directly."""

import inspect
import re
from collections.abc import Awaitable, Callable
from importlib import import_module
from pkgutil import iter_modules
from uuid import UUID, uuid4

import pytest

from app.awards import pages, routes
from app.core.db import fetch
from app.core.signing import capability
from app.core.web.frame import Frame
from app.people.policy import POLICY
from tests.awards import planting
from tests.awards.planting import Field
from tests.awards.releasing.finished import decide, judged, released
from tests.awards.showing.asking import Everybody, Side, differing, side
from tests.clock import NOW, Clock
from tests.conftest import client

pytestmark = pytest.mark.usefixtures("rollback")
Change = Callable[[Field], Awaitable[None]]


# Rounds of pairs and of ranks


async def ballot(field: Field, judge: int, *, better: int = 0) -> None:
    """Let a judge say which of the first two entries is better, and put the entries in order."""
    first, second = sorted(entry.id for entry in field.entries[:2])
    said = (first, second)[better]
    order = [str(entry.id) for entry in field.entries][:: -1 if better else 1]
    await fetch("DELETE FROM comparison WHERE judge = $1", field.judges[judge].id)
    await fetch("DELETE FROM rank_ballot WHERE judge = $1", field.judges[judge].id)
    await fetch(
        "INSERT INTO comparison (id, round, judge, first, second, better, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        *(uuid4(), field.round, field.judges[judge].id, first, second, said, NOW),
    )
    await fetch(
        "INSERT INTO rank_ballot (id, round, judge, entries, revision, saved_at, submitted_at)"
        " VALUES ($1, $2, $3, $4::text::jsonb, 1, $5, $5)",
        *(uuid4(), field.round, field.judges[judge].id, f"{order}".replace("'", '"'), NOW),
    )


async def asking(app: Frame, *, method: str) -> Side:
    """A blind round of this method; the first judge has voted, the second, an entrant and anybody ask."""
    made = await side(app, blind=True, method=method)
    made.people.add("judge", made.field.judges[1].token)
    made.people.add("entrant")
    made.people.add("anonymous")
    made.values |= {"first": made.field.entries[0].id, "second": made.field.entries[1].id}
    made.values["token"] = capability("entry", made.field.entries[0].id, made.field.entries[0].members[0])
    await ballot(made.field, 0)
    return made


EVERY = [(method, state, "GET") for method in ("pairs", "ranks") for state in ("open", "closed")]


@pytest.mark.parametrize(
    ("method", "state", "only"),
    [
        ("pairs", "open", "GET /judging"),
        ("ranks", "closed", "GET /api/v1/awards"),
        *(pytest.param(*one, marks=pytest.mark.faults) for one in EVERY),
    ],
)
async def test_votes_of_another_judge_show_to_nobody_before_the_release(
    app: Frame, method: str, state: str, only: str
) -> None:
    made = await asking(app, method=method)
    if state == "closed":
        await planting.close_round(made.field.round)
    names = ("judge", "entrant", "anonymous")
    first = {name: await made.walk(made.people.known[name], only) for name in names}
    await ballot(made.field, 0, better=1)
    for name in names:
        second = await made.walk(made.people.known[name], only)
        assert differing(first[name], second) == [], name
        assert [route for route, answer in second.items() if answer.status >= 500] == [], name
    await made.leave()


@pytest.mark.parametrize(("method", "part"), [("pairs", "pairs"), ("ranks", "order")])
async def test_control_a_judge_sees_the_own_votes(app: Frame, method: str, part: str) -> None:
    made = await asking(app, method=method)
    mine = made.people.add("voter", made.field.judges[0].token)
    here = f"GET /api/v1/awards/green-2026/rounds/{made.field.round}/{part}"
    first = await made.walk(mine, here)
    await ballot(made.field, 0, better=1)
    second = await made.walk(mine, here)
    assert first[here].status == 200
    assert first[here].body != second[here].body
    await made.leave()


# After the release


async def comments_to_the_committee(field: Field) -> None:
    await fetch("UPDATE sheet SET to_committee = 'They are liars'")


async def names_of_judges(field: Field) -> None:
    await fetch("UPDATE account SET label = 'Professor Q' WHERE role = 'judge'")
    await fetch("UPDATE judge SET sealed = ''")


async def minutes(field: Field) -> None:
    await fetch("SET session_replication_role = replica")
    await fetch("UPDATE deliberation SET minutes = 'Mr Suzuki shouted.'")
    await fetch("SET session_replication_role = DEFAULT")


async def parties_of_who_lost(field: Field) -> None:
    await fetch("UPDATE entry_member SET organisation = 'Lost Ltd', country = 'FR' WHERE entry = $1", _loser(field))


async def ties(field: Field) -> None:
    await fetch(
        "INSERT INTO conflict (id, judge, entry, source, tie, state, sealed, found_at, reason)"
        " VALUES ($1, $2, $3, 'secretary', 'person', 'dismissed', '', $4, 'Cousins')",
        *(uuid4(), field.judges[0].id, _loser(field), NOW),
    )


def _loser(field: Field) -> UUID:
    return field.entries[-1].id


async def everything_hidden(field: Field) -> None:
    for change in HIDDEN:
        await change(field)


HIDDEN: list[Change] = [comments_to_the_committee, names_of_judges, minutes, parties_of_who_lost, ties]


async def after_the_release(app: Frame, clock: Clock) -> Side:
    """A round that was released, and an entrant and anybody who ask."""
    field = await judged(blind=True, best=1)
    await decide(field)
    await released(field)
    clock.forward(days=11)
    made = Side()
    made.field, made.files = field, []
    made.people = Everybody(app)
    winner = field.entries[0]
    made.values = {
        "award": field.slug,
        "convention": "yokohama-2026",
        "round_id": field.round,
        "entry": winner.id,
        "token": capability("entry", winner.id, winner.members[0]),
    }
    for name in ("entrant", "anonymous"):
        made.people.add(name)
    return made


@pytest.mark.parametrize(
    "change",
    [everything_hidden, *(pytest.param(one, marks=pytest.mark.faults) for one in HIDDEN)],
    ids=lambda change: change.__name__,
)
async def test_what_stays_hidden_after_the_release(app: Frame, clock: Clock, change: Change) -> None:
    made = await after_the_release(app, clock)
    field, names = made.field, ("entrant", "anonymous")
    first = {name: await made.walk(made.people.known[name], "GET") for name in names}
    results = f"GET /yokohama-2026/awards/{field.slug}/results"
    assert first["anonymous"][results].status == 200
    assert first["entrant"][f"GET /entries/{made.values['token']}/result"].status == 200
    await change(field)
    for name in names:
        assert differing(first[name], await made.walk(made.people.known[name], "GET")) == [], name
    await made.leave()


async def test_control_an_entrant_sees_a_comment_that_was_meant_for_it(app: Frame, clock: Clock) -> None:
    made = await after_the_release(app, clock)
    route = f"GET /entries/{made.values['token']}/result"
    first = await made.walk(made.people.known["entrant"], route)
    await fetch("UPDATE sheet SET to_applicant = 'Bravo.'")
    second = await made.walk(made.people.known["entrant"], route)
    assert b"Bravo." not in first[route].body
    assert b"Bravo." in second[route].body
    await made.leave()


# Who reads versions without asking what a reader may see

DIRECT = re.compile(r"\bin_round\(|\bbody_of\(|\bdrafted\(")
OFFICE = {"secretary", "officer", "admin"}
OF_THEIR_OWN = re.compile(r"^\w+ /entries/\{token\}")
"""A member by its link: an entry of its own."""
BY_NUMBER = {"GET /judging/{award}/{round_id}/ranking"}
"""The chair's: no titles, see `test_chair_sees_numbers_alone`."""
OWN_LISTS = re.compile(r"/judging/\{award\}/declare$|/\{entry\}/tie$")
"""A judge's declaration: walked in two worlds by `test_whose_is_which_shows_not_even_to_who_has_to_declare`."""


def reading_directly() -> dict[str, set[str]]:
    """Return the routes of modules whose source reads versions without `showing`, and whom the policy lets in."""
    found: dict[str, set[str]] = {}
    for package in (pages, routes):
        for one in iter_modules(package.__path__, f"{package.__name__}."):
            module = import_module(one.name)
            if DIRECT.search(inspect.getsource(module)):
                found |= {route: set(POLICY[route]) for route in routes_of(module)}
    return found


def routes_of(module: object) -> list[str]:
    """Return `METHOD /path` of each handler of a module, parameters by their names alone."""
    return [
        f"{method} {re.sub(r':[a-z]+}', '}', path)}"
        for handler in getattr(module, "HANDLERS", [])
        if hasattr(handler, "http_methods")
        for path in handler.paths
        for method in handler.http_methods
        if method not in {"HEAD", "OPTIONS"}
    ]


def test_only_the_office_reaches_pages_that_read_entries_directly() -> None:
    found = reading_directly()
    assert len(found) >= 20
    stray = {
        route: sorted(askers - OFFICE)
        for route, askers in found.items()
        if askers - OFFICE and not (OF_THEIR_OWN.search(route) or OWN_LISTS.search(route) or route in BY_NUMBER)
    }
    assert stray == {}


async def test_chair_sees_numbers_alone(app: Frame) -> None:
    field = await judged(entries_count=3, judges_count=2)
    await planting.close_round(field.round)
    async with client(app, field.judges[0].token, accept="text/html") as chair:
        shown = (await chair.get(f"/judging/{field.slug}/{field.round}/ranking")).text
    assert shown.count('<th scope="row">') >= 3, "a ranking"
    assert not [n for n in (1, 2, 3) if f"Entry {n}" in shown]
