"""Who may see an entry, and that nobody else can tell it from one that does not exist."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.awards import reach
from app.awards.showing.entry import entries_for, entry_for, titles_for
from app.awards.showing.files import file_for
from app.awards.showing.readers import Judge, Member, Public, Reader, Secretary
from app.core.db import connection, fetch
from app.core.errors import NotFound
from app.core.web.frame import Frame
from app.people.roles import Principal, Scope
from tests.awards import planting
from tests.awards.planting import Field
from tests.awards.showing.worlds import ONE, plant
from tests.clock import NOW
from tests.conftest import client
from tests.doors import value


@pytest.fixture
async def blind(rollback: None) -> tuple[Field, list[UUID]]:
    return await plant(blind=True)


@pytest.fixture
async def named(rollback: None) -> tuple[Field, list[UUID]]:
    return await plant(blind=False)


async def sees(reader: Reader, found: Field, *, entry: int = 0) -> bool:
    """Whether a reader may see an entry, the same by every way to ask."""
    held, one = await reach.any_round(found.round), found.entries[entry].id
    many = await entries_for(reader, [one], held)
    if not isinstance(reader, Public):
        assert (await titles_for(reader, [one], held)).keys() == many.keys()  # type: ignore[arg-type]
    try:
        assert await entry_for(reader, one, held) == many[one]
    except NotFound:
        assert many == {}
    return bool(many)


def judge(found: Field, n: int = 0) -> Judge:
    return Judge(found.judges[n].id)


async def nothing(found: Field) -> None:
    """Change nothing: the judge was assigned and has declared."""


async def taken_back(found: Field) -> None:
    await fetch("UPDATE assignment SET removed_at = $1", NOW)


async def undeclared(found: Field) -> None:
    await fetch("DELETE FROM declaration")


async def declared_a_tie(found: Field) -> None:
    await fetch("UPDATE declaration SET free = false")
    await suspected(found)


async def tie_dismissed(found: Field) -> None:
    await declared_a_tie(found)
    await fetch("UPDATE conflict SET state = 'dismissed'")


async def to_declare_again(found: Field) -> None:
    await fetch("UPDATE declaration SET outdated_at = $1", NOW)


async def recused(found: Field) -> None:
    await planting.recuse(found.judges[0].id, found.entries[0].id)


async def suspected(found: Field) -> None:
    await fetch(
        "INSERT INTO conflict (id, judge, entry, source, tie, state, sealed, found_at, reason)"
        " VALUES ($1, $2, $3, 'detected', 'person', 'proposed', '', $4, '')",
        *(uuid4(), found.judges[0].id, found.entries[0].id, NOW),
    )


async def withdrawn(found: Field) -> None:
    await fetch("UPDATE award_entry SET state = 'withdrawn' WHERE id = $1", found.entries[0].id)


async def of_another_award(found: Field) -> None:
    await fetch("UPDATE judge SET award = $1", await planting.award("blue-2026"))


async def closed(found: Field) -> None:
    await planting.close_round(found.round)


@pytest.mark.parametrize(
    ("change", "may"),
    [
        (nothing, True),
        (closed, True),
        (taken_back, False),
        (undeclared, False),
        (declared_a_tie, False),
        (tie_dismissed, True),
        (to_declare_again, False),
        (recused, False),
        (suspected, False),
        (withdrawn, False),
        (of_another_award, False),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_judge_sees_what_is_assigned_declared_free_and_competing(
    named: tuple[Field, list[UUID]], change: Callable[[Field], Awaitable[None]], may: Any
) -> None:
    found, _files = named
    await change(found)
    assert await sees(judge(found), found) is may


async def test_judge_sees_nothing_before_the_round_opens(rollback: None) -> None:
    of = await planting.award()
    group = await planting.category(of)
    drafted = await planting.round_(group, await planting.rubric(of))
    one, made = await planting.judge(of, token=False), await planting.entry(group)
    await planting.assign(drafted, [(made.id, one.id)])
    held = await reach.any_round(drafted)
    assert await entries_for(Judge(one.id), [made.id], held) == {}


async def test_judge_sees_nothing_without_a_round(named: tuple[Field, list[UUID]]) -> None:
    found, _files = named
    assert await entries_for(judge(found), [found.entries[0].id], None) == {}


@pytest.mark.parametrize(
    ("peers", "over", "may"),
    [
        ("own", True, False),
        ("after_own", True, True),
        ("after_close", True, True),
        ("after_own", False, False),
        ("after_close", False, False),
    ],
)
async def test_panel_that_shares_its_sheets_sees_the_entries_once_the_round_is_closed(
    rollback: None, peers: str, over: Any, may: Any
) -> None:
    found, _files = await plant(blind=False, peers=peers)
    await planting.declare_free(found.judges[2].id, found.entries[0].id)
    if over:
        await planting.close_round(found.round)
    assert await sees(judge(found, 2), found) is may
    await fetch("UPDATE panel_seat SET left_at = $1", NOW)
    assert not await sees(judge(found, 2), found)


async def test_member_sees_its_own_entry_alone(blind: tuple[Field, list[UUID]]) -> None:
    found, _files = blind
    member = Member(found.entries[0].members[1])
    assert await sees(member, found)
    assert (await entry_for(member, found.entries[0].id, None)).members[0].organisation == ONE.lead
    assert not await sees(member, found, entry=1)


@pytest.mark.parametrize(
    "role", ["secretary", "officer", "admin", "judge", "organiser", "attendee", "partner", "staff"]
)
async def test_office_sees_everything_and_nobody_else_does(blind: tuple[Field, list[UUID]], role: Any) -> None:
    found, _files = blind
    principal = Principal(role=role, account=found.judges[0].account, scope=Scope())
    assert await sees(Secretary(principal), found) is (role in {"secretary", "officer", "admin"})


async def test_secretary_of_another_award_sees_nothing(blind: tuple[Field, list[UUID]]) -> None:
    found, _files = blind
    account = found.judges[0].account
    own = Principal(role="secretary", account=account, scope=Scope(awards=(found.award,)))
    other = Principal(role="secretary", account=account, scope=Scope(awards=(uuid4(),)))
    assert await sees(Secretary(own), found)
    assert not await sees(Secretary(other), found)


async def test_public_sees_nothing_before_a_result(blind: tuple[Field, list[UUID]]) -> None:
    found, _files = blind
    assert not await sees(Public(), found)
    assert await entries_for(Public(), [uuid4()], None) == {}


# What a blind judge is shown


async def test_blind_entry_has_no_parties_links_names_of_files_sizes_and_digest(
    blind: tuple[Field, list[UUID]],
) -> None:
    found, files = blind
    shown = await entry_for(judge(found), found.entries[0].id, await reach.any_round(found.round))
    assert shown.blind
    assert (shown.members, shown.links, shown.digest) == ((), (), "")
    assert [(one.id, one.name, one.size) for one in shown.files] == [(files[0], "file-1.pdf", None)]
    assert {name: words["en"] for name, words in ((name, shown.words(name)) for name in shown.texts)} == {
        "title": "River heat 1 by ■■■",
        "summary": "■■■ and ■■■ heat the town, see ■■■",
        "challenge": "The river is warm and nobody uses it.",
        "solution": "■■■ builds the pump. Write to ■■■ or call ■■■.",
        "collaboration": "■■■ measures, ■■■ builds; ■■■ leads.",
    }
    assert shown.topics == ("energy",)


async def test_named_entry_has_everything(named: tuple[Field, list[UUID]]) -> None:
    found, _files = named
    shown = await entry_for(judge(found), found.entries[0].id, await reach.any_round(found.round))
    assert not shown.blind
    assert [member.organisation for member in shown.members] == [ONE.lead, ONE.partner]
    assert (shown.links, shown.files[0].name) == ((ONE.link,), ONE.file)
    assert len(shown.digest) == 64


async def test_judge_of_a_blind_round_gets_a_copy_that_does_not_say_who_made_it(
    blind: tuple[Field, list[UUID]],
) -> None:
    found, files = blind
    held = await reach.any_round(found.round)
    ask = {"entry": found.entries[0].id, "file": files[0], "round": held}
    copy, again = await file_for(judge(found), **ask), await file_for(judge(found), **ask)  # type: ignore[arg-type]
    assert copy == again
    assert ONE.person.encode() not in copy.data
    own = await file_for(Member(found.entries[0].members[0]), entry=found.entries[0].id, file=files[0], round=None)
    assert (own.name, ONE.person.encode() in own.data) == (ONE.file, True)


async def test_file_of_another_entry_is_not_found(blind: tuple[Field, list[UUID]]) -> None:
    found, files = blind
    held = await reach.any_round(found.round)
    with pytest.raises(NotFound):
        await file_for(judge(found), entry=found.entries[0].id, file=files[1], round=held)
    with pytest.raises(NotFound):
        await file_for(judge(found, 2), entry=found.entries[0].id, file=files[0], round=held)


# What does not exist


async def test_entry_that_may_not_be_seen_is_as_one_that_does_not_exist(
    app: Frame, blind: tuple[Field, list[UUID]]
) -> None:
    """The same bytes, and the same statements: neither answer nor work tells that there is something."""
    found, files = blind
    base = f"/judging/{found.slug}/{found.round}"
    async with client(app, found.judges[2].token) as asker:
        await asker.get("/judging")
        for below in ("", f"/files/{files[0]}"):
            hidden, did = await _watched(asker, f"{base}/{found.entries[0].id}{below}")
            absent, does = await _watched(asker, f"{base}/{uuid4()}{below}")
            assert hidden == absent
            assert did == does


async def _watched(asker: Any, path: str) -> tuple[tuple[int, bytes], list[str]]:
    """Return status and body of an answer without what is drawn by lot, and the statements it took."""
    said: list[str] = []
    async with connection() as lent:
        lent.add_query_logger(note := lambda record: said.append(record.query))
        answer = await asker.get(path, headers={"accept": "application/json"})
        await asyncio.sleep(0)  # the connection tells of a statement in the next turn of the loop
        lent.remove_query_logger(note)
    body = answer.content.replace(answer.headers["x-request-id"].encode(), b"").replace(path.encode(), b"")
    assert said
    return (answer.status_code, body), said


async def test_row_behind_a_title_is_the_pinned_version(named: tuple[Field, list[UUID]]) -> None:
    found, _files = named
    later = planting.body("Another text, after the round has opened")
    await fetch(
        "INSERT INTO entry_version (id, entry, number, body, digest, submitted_at) SELECT $1, $2, 2, $3, 'x', $4",
        *(uuid4(), found.entries[0].id, planting._json(later), NOW),
    )
    held = await reach.any_round(found.round)
    titles = await titles_for(judge(found), [one.id for one in found.entries], held)
    assert titles[found.entries[0].id] == {"en": f"River heat 1 by {ONE.lead}"}
    assert await value("SELECT count(*) FROM entry_version WHERE entry = $1", found.entries[0].id) == 2
