"""Two worlds that differ only in hidden data answer alike to whoever may not know: every route, byte for byte."""

from collections.abc import AsyncIterator

import pytest

from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.showing.asking import Asked, Side, differing, side
from tests.awards.showing.worlds import SECRETS, STRANGE, TURNED, World, become

NOT_TO_KNOW = ("judge", "anonymous")
STRANGERS = (
    "judge who has other entries too",
    "judge of another award", "secretary of another award", "organiser", "staff", "partner", "attendee", "lead",
)  # fmt: skip
"""Who is stopped at the door, mostly: walked along in the long tests."""
JUDGING = "GET /judging"


@pytest.fixture
async def blind(app: Frame, rollback: None) -> AsyncIterator[Side]:
    made = await side(app, blind=True)
    for n, name in enumerate(("judge", "judge who has other entries too", "judge who has to declare")):
        made.people.add(name, made.field.judges[n].token)
    elsewhere = await planting.award("blue-2026")
    stranger = await planting.judge(elsewhere)
    made.people.add("judge of another award", stranger.token)
    made.people.add("anonymous")
    await made.people.add_role("secretary", elsewhere)
    for role in ("organiser", "staff", "partner", "attendee", "lead"):
        await made.people.add_role(role)
    yield made
    await made.leave()


def telling(found: dict[str, Asked]) -> list[str]:
    """Return the routes whose answers hold a name that nobody may know, unless the question held it."""
    return [
        route
        for route, answer in found.items()
        if "?" not in route and any(one in answer.body or one in str(answer.headers).encode() for one in SECRETS)
    ]


async def same_in_both_worlds(side: Side, names: tuple[str, ...], worlds: tuple[World, ...]) -> None:
    """Let everybody ask for everything in both worlds, and compare."""
    first = {name: await side.walk(side.people.known[name]) for name in names}
    await become(worlds, side.field, side.files)
    for name in names:
        second = await side.walk(side.people.known[name])
        assert differing(first[name], second) == [], name
        assert telling(second) == [], name
        assert [route for route, answer in second.items() if answer.status >= 500] == [], name


async def test_who_stands_behind_a_blind_entry_shows_through_no_route(blind: Side) -> None:
    await same_in_both_worlds(blind, NOT_TO_KNOW, STRANGE)


@pytest.mark.faults
async def test_who_stands_behind_a_blind_entry_shows_to_no_stranger(blind: Side) -> None:
    await same_in_both_worlds(blind, STRANGERS, STRANGE)


async def test_whose_is_which_shows_not_even_to_who_has_to_declare(blind: Side) -> None:
    """A judge who has not declared yet is shown the parties of a blind round, and never which entry is whose."""
    judge = blind.people.known["judge who has to declare"]
    first = await blind.walk(judge)
    listed = first["GET /judging/green-2026/declare"].body
    assert all(secret in listed for secret in ("みなと環境".encode(), b"Isarwerke", b"Kanazawa Netsu"))
    assert [route for route in telling(first) if "/decla" not in route] == []
    await become(TURNED, blind.field, blind.files)
    assert differing(first, await blind.walk(judge)) == []


async def test_control_the_same_world_answers_alike_twice_and_judges_are_shown_something(blind: Side) -> None:
    judge = blind.people.known["judge"]
    first, second = await blind.walk(judge, JUDGING), await blind.walk(judge, JUDGING)
    assert differing(first, second) == []
    sheet = first[f"GET /judging/green-2026/{blind.field.round}/{blind.field.entries[0].id}"]
    assert sheet.status == 200
    assert "River heat 1 by ■■■".encode() in sheet.body
    assert "builds the pump. Write to ■■■ or call ■■■.".encode() in sheet.body
    file = first[f"GET /judging/green-2026/{blind.field.round}/{blind.field.entries[0].id}/files/{blind.files[0]}"]
    assert (file.status, file.body[:5]) == (200, b"%PDF-")
    assert "attachment; filename*=UTF-8''file-1.pdf" in str(file.headers)


async def test_control_a_round_that_is_not_blind_shows_the_difference(app: Frame, rollback: None) -> None:
    made = await side(app, blind=False)
    judge = made.people.add("judge", made.field.judges[0].token)
    first = await made.walk(judge, JUDGING)
    await become(STRANGE, made.field, made.files)
    found = differing(first, await made.walk(judge, JUDGING))
    here = f"GET /judging/green-2026/{made.field.round}"
    entry = f"{here}/{made.field.entries[0].id}"
    assert {here, entry, f"{entry}/files/{made.files[0]}"} <= set(found)
    await made.leave()


async def test_control_the_office_sees_the_difference(blind: Side) -> None:
    office, entries = (
        blind.people.add("office", await planting.secretary(blind.field.award)),
        "GET /awards/green-2026/e",
    )
    first = await blind.walk(office, entries)
    await become(STRANGE, blind.field, blind.files)
    assert len(differing(first, await blind.walk(office, entries))) >= 3
