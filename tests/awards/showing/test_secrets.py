"""What is hidden while judging goes on: other judges' sheets and ties, the order, what is about to be released."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from app.core.db import fetch, fetch_one
from app.core.signing import capability
from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.planting import Field
from tests.awards.scoring.desks import FULL
from tests.awards.showing.asking import Side, differing, side
from tests.clock import NOW
from tests.doors import value

NOT_TO_KNOW = ("judge", "entrant", "anonymous")


@pytest.fixture
async def judged(app: Frame, rollback: None) -> AsyncIterator[Side]:
    """A blind round in which the first judge, who leads the panel, has a sheet about an entry; the second asks."""
    made = await side(app, blind=True)
    made.people.add("judge", made.field.judges[1].token)
    made.people.add("entrant")
    made.people.add("anonymous")
    made.values["token"] = capability("entry", made.field.entries[0].id, made.field.entries[0].members[0])
    made.people.add("office", await planting.secretary(made.field.award))
    await planting.sheet(await _assignment(made.field), FULL, to_applicant="Good", to_committee="Hm")
    yield made
    await made.leave()


async def _assignment(found: Field) -> UUID:
    ids = found.entries[0].id, found.judges[0].id
    row = await fetch_one("SELECT id FROM assignment WHERE entry = $1 AND judge = $2", *ids)
    assert row is not None
    made: UUID = row["id"]
    return made


async def another_score(found: Field) -> None:
    await fetch("""UPDATE sheet SET "values" = '{"impact": 1, "design": 1, "scaling": 1}'""")


async def other_comments(found: Field) -> None:
    await fetch("UPDATE sheet SET to_applicant = 'Bad', to_committee = 'I know them, they are liars'")


async def abstention(found: Field) -> None:
    await fetch("""UPDATE sheet SET "values" = '{}', abstained = true, submitted_at = NULL""")


async def recusal(found: Field) -> None:
    await planting.recuse(found.judges[0].id, found.entries[0].id)


async def proposed_tie(found: Field) -> None:
    await fetch(
        "INSERT INTO conflict (id, judge, entry, source, tie, state, sealed, found_at, reason)"
        " VALUES ($1, $2, $3, 'detected', 'person', 'proposed', '', $4, '')",
        *(uuid4(), found.judges[0].id, found.entries[0].id, NOW),
    )


async def draft_of_somebody(found: Field) -> None:
    await planting.entry(found.category, state="draft")


async def proposed_release(found: Field) -> None:
    account = await value("SELECT id FROM account WHERE role = 'secretary' LIMIT 1")
    await fetch(
        "INSERT INTO award_release (id, round, proposed_by, proposed_at, bundle, digest, result)"
        " VALUES ($1, $2, $3, $4, '{}', 'x', '{}')",
        *(uuid4(), found.round, account, NOW),
    )


Change = Callable[[Field], Awaitable[None]]
WHILE_OPEN: list[Change] = [another_score, other_comments, abstention, recusal, proposed_tie, draft_of_somebody]
ONCE_CLOSED: list[Change] = [another_score, other_comments, recusal, proposed_release]


async def shows_to_none(judged: Side, change: Change, only: str = "") -> None:
    first = {name: await judged.walk(judged.people.known[name], only) for name in NOT_TO_KNOW}
    await change(judged.field)
    for name in NOT_TO_KNOW:
        second = await judged.walk(judged.people.known[name], only)
        assert differing(first[name], second) == [], name
        assert [route for route, answer in second.items() if answer.status >= 500] == [], name


@pytest.mark.faults
@pytest.mark.parametrize("change", WHILE_OPEN, ids=lambda change: change.__name__)
async def test_nothing_of_other_judges_shows_while_a_round_is_open(judged: Side, change: Change) -> None:
    await shows_to_none(judged, change)


@pytest.mark.faults
@pytest.mark.parametrize("change", ONCE_CLOSED, ids=lambda change: change.__name__)
async def test_nothing_of_the_result_shows_before_its_release(judged: Side, change: Change) -> None:
    await planting.close_round(judged.field.round)
    await shows_to_none(judged, change)


async def test_another_score_shows_neither_to_judges_nor_entrants_nor_the_public(judged: Side) -> None:
    await shows_to_none(judged, another_score, "GET")


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (another_score, "GET /awards/green-2026/rounds/{round}/ranking"),
        (abstention, "GET /awards/green-2026/rounds/{round}/progress"),
        (recusal, "GET /awards/green-2026/rounds/{round}/assignments"),
        (proposed_tie, "GET /awards/green-2026/rounds/{round}/conflicts"),
        (draft_of_somebody, "GET /awards/green-2026/entries"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_control_the_office_sees_it(judged: Side, change: Change, seen: str) -> None:
    office, route = judged.people.known["office"], seen.format(round=judged.field.round)
    first = await judged.walk(office, route)
    await change(judged.field)
    second = await judged.walk(office, route)
    assert first[route].status == 200
    assert first[route].body != second[route].body
