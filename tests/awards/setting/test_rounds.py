"""Rounds: what has to be there before one opens, what opening pins, until when it lasts."""

import datetime as dt
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.awards import rubric
from app.awards.reach import any_round
from app.awards.setting import rounds, rules
from app.core.db import fetch, transaction
from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.setting.desk import ROUND, actions, at_desk, last
from tests.clock import NOW, Clock
from tests.doors import value

pytestmark = pytest.mark.usefixtures("http")
DAY = dt.timedelta(days=1)


class Ready:
    """An award whose entries are in, with a rubric and three judges: only the round is missing."""

    award: UUID
    category: UUID
    rubric: UUID
    judges: list[planting.Judged]


async def ready(*, entries: int = 3) -> Ready:
    found = Ready()
    found.award = await planting.award()
    found.category = await planting.category(found.award, closes_at=NOW - dt.timedelta(hours=1))
    found.rubric = await planting.rubric(found.award)
    found.judges = [await planting.judge(found.award) for _ in range(3)]
    await planting.entries(found.category, [planting.body(f"Entry {n}") for n in range(entries)])
    return found


async def added(desk: httpx.AsyncClient, found: Ready, **other: str) -> str:
    """Add a round through its form and return its address."""
    path = f"/awards/green-2026/categories/{found.category}/rounds/new"
    answer = await desk.post(path, data={**ROUND, "rubric": str(found.rubric), **other})
    return f"/awards/green-2026/rounds/{last(answer)}"


async def seat(desk: httpx.AsyncClient, address: str, *judges: planting.Judged) -> httpx.Response:
    """Choose a panel, led by its first judge."""
    ids = [str(one.id) for one in judges]
    return await desk.post(f"{address}/panel", data={"judges": ids, "chair": ids[0] if ids else ""})


async def test_a_round_is_set_up_opened_and_closed(app: Frame, clock: Clock) -> None:
    found = await ready()
    async with at_desk(app, found.award) as desk:
        address = await added(desk, found)
        key = UUID(address.rpartition("/")[2])
        assert "the panel has 0" in (await desk.get(address)).text
        assert (await desk.post(f"{address}/open")).status_code == 422
        assert (await seat(desk, address, *found.judges[:2])).status_code == 303
        assert (await desk.get(address)).text.count('href="' + address + '/open"') == 1
        assert (await desk.get(f"{address}/open")).status_code == 200
        assert (await desk.post(f"{address}/open")).headers["location"] == f"{address}?done=opened"
        assert (await desk.post(f"{address}/open")).status_code == 409
        assert (await desk.post(f"{address}/close")).headers["location"] == f"{address}?done=closed"
        assert (await desk.post(f"{address}/close")).status_code == 409
    pinned = rules.decode((await any_round(key)).rules or "")
    assert (pinned.missing_rule, pinned.tie_rule, pinned.blind) == ("reweighted-v1", "no-weak-point-v1", True)
    assert (pinned.each, pinned.best, pinned.carry_count) == (2, 1, 5)
    assert pinned.rubric == planting.RUBRIC
    assert pinned.closes_at == dt.datetime(2026, 11, 30, 8, tzinfo=dt.UTC)
    assert await value("SELECT count(*) FROM award_entry WHERE pinned IS NOT NULL") == 3
    assert await value("SELECT reminders FROM award_round") == "[72, 24]"
    assert await actions(found.award) == [
        "award_round.add",
        "award_round.panel",
        "award_round.open",
        "award_round.close",
    ]


async def test_what_opening_pins_is_changed_by_nobody(app: Frame) -> None:
    field = await planting.field()
    before = (await any_round(field.round)).rules
    async with at_desk(app, field.award) as desk:
        address = f"/awards/green-2026/rounds/{field.round}"
        answer = await desk.post(f"{address}/settings", data={**ROUND, "seen": "0"})
        assert answer.status_code == 409
        assert (await desk.post(f"{address}/remove")).status_code == 409
        made = await desk.post(
            f"/awards/green-2026/rubrics/{field.rubric}/criteria/0/remove"
        )  # a new version, which the open round does not take
        assert made.status_code == 303
    for change in ("blind = true", "each = 9", "rules = '{}'", "opens_at = now()", "best = 2", "grace_ms = 5"):
        with pytest.raises(asyncpg.CheckViolationError):
            async with transaction():
                await fetch(f"UPDATE award_round SET {change} WHERE id = $1", field.round)
    found = await any_round(field.round)
    assert found.rules == before
    assert await rounds.rubric_of(found) == planting.RUBRIC


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("award SET published_at = NULL", "Publish the award first"),
        ("award_category SET closes_at = now() + interval '9 years'", "Entries still come in"),
        ("award_round SET closes_at = opens_at + interval '1 second'", "is over already"),
        ("award_round SET method = 'pass_fail'", "and no other round is"),
        ("award_round SET rubric = NULL", "Choose a rubric"),
        ("award_round SET each = 3", "the panel has 2"),
        ("award_round SET most = 1", "too many for this panel"),
        ("award_round SET least = 4", "too few entries"),
        ("account SET suspended_at = now() WHERE role = 'judge'", "the panel has 0"),
        ('award SET languages = \'["ja", "en", "de"]\'', "Criterion 1: This is needed in every language"),
        ("award_entry SET state = 'withdrawn'", "no entry to judge"),
    ],
)
async def test_a_round_that_lacks_something_does_not_open(app: Frame, column: str, words: str) -> None:
    found = await ready()
    async with at_desk(app, found.award) as desk:
        address = await added(desk, found)
        await seat(desk, address, *found.judges[:2])
        assert "Before the round can open" not in (await desk.get(address)).text
        await fetch(f"UPDATE {column}")
        assert words in (await desk.get(address)).text
        answer = await desk.post(f"{address}/open")
        assert answer.status_code == 422
        assert words in answer.text
    assert await value("SELECT state FROM award_round") == "draft"


async def test_the_round_before_has_to_be_released_first(app: Frame) -> None:
    found = await ready()
    async with at_desk(app, found.award) as desk:
        first = await added(desk, found, kind="eligibility", method="pass_fail", rubric="")
        second = await added(desk, found)
        third = await added(desk, found, kind="final")
        for address in (second, third):
            await seat(desk, address, *found.judges)
        assert "has not opened yet" in (await desk.get(second)).text
        assert (await desk.post(f"{first}/open")).status_code == 303  # the secretary alone checks eligibility
        assert (await desk.post(f"{second}/open")).status_code == 303
        assert "Release the result of the round before" in (await desk.post(f"{third}/open")).text
        await fetch("UPDATE award_round SET state = 'released' WHERE position = 2")
        assert (await desk.post(f"{third}/open")).status_code == 303


async def test_an_open_round_ends_later_with_a_reason_and_never_earlier(app: Frame) -> None:
    field = await planting.field()
    address = f"/awards/green-2026/rounds/{field.round}/later"
    async with at_desk(app, field.award) as desk:
        form = {"closes_at": "2026-11-28T10:01", "reason": "The mail server was down."}
        for wrong in ({"closes_at": "2026-11-28T10:00"}, {"closes_at": "2026-11-20T10:00"}, {"reason": ""}):
            assert (await desk.post(address, data={**form, **wrong})).status_code == 422
        assert (await desk.post(address, data=form)).status_code == 303
    assert await value("SELECT closes_at FROM award_round") == NOW + 7 * DAY + dt.timedelta(minutes=1)
    detail = await value("SELECT detail FROM audit_entry WHERE action = 'award_round.extend'")
    assert "The mail server was down." in str(detail)
    with pytest.raises(asyncpg.CheckViolationError):
        async with transaction():
            await fetch("UPDATE award_round SET closes_at = closes_at - interval '1 millisecond'")


async def test_a_round_closes_at_its_end_or_when_nothing_is_left_to_judge(app: Frame, clock: Clock) -> None:
    field = await planting.field(grace_ms=1000)
    assigned = await planting.everybody(field)
    address = f"/awards/green-2026/rounds/{field.round}/close"
    *others, late = assigned.values()
    for one in others:
        await planting.sheet(one, {"impact": 3})
    await planting.sheet(late, {"impact": 3}, submitted=False)
    async with at_desk(app, field.award) as desk:
        clock.moment = NOW + 7 * DAY + dt.timedelta(milliseconds=999)
        assert (await desk.post(address)).status_code == 409
        clock.forward(milliseconds=1)
        assert (await desk.post(address)).status_code == 303
        await fetch("UPDATE award_round SET state = 'open'")
        clock.moment = NOW
        assert (await desk.post(address)).status_code == 409
        await fetch("UPDATE sheet SET submitted_at = saved_at")
        assert (await desk.post(address)).status_code == 303


async def test_a_judge_with_entries_does_not_leave_the_panel(app: Frame) -> None:
    field = await planting.field()
    await planting.assign(field.round, [(field.entries[0].id, field.judges[0].id)])
    address = f"/awards/green-2026/rounds/{field.round}"
    async with at_desk(app, field.award) as desk:
        refused = await seat(desk, address, *field.judges[1:])
        assert refused.status_code == 422
        assert "J01 still have entries assigned" in refused.text
        sheet = (
            "INSERT INTO sheet (assignment, revision, saved_at, submitted_at, version) SELECT id, 1, $1, $1, '\\x00'"
        )
        await fetch(f"{sheet} FROM assignment", NOW)  # what is submitted stays, whoever leaves
        assert (await seat(desk, address, *field.judges[1:])).status_code == 303
        await fetch("DELETE FROM sheet")
        assert (await seat(desk, address, *field.judges[:2])).status_code == 303
        assert [one.pseudonym for one in await rounds.panel(field.round)] == ["J01", "J02"]
        assert (await seat(desk, address, *field.judges)).status_code == 303
    assert [(one.pseudonym, one.chair) for one in await rounds.panel(field.round)] == [
        ("J01", True),
        ("J02", False),
        ("J03", False),
    ]
    assert await value("SELECT count(*) FROM panel_seat") == 3


async def test_judges_of_another_award_sit_on_no_panel_here(app: Frame) -> None:
    field = await planting.field()
    stranger = await planting.judge(await planting.award("other-2026"))
    async with at_desk(app, field.award) as desk:
        address = f"/awards/green-2026/rounds/{field.round}"
        assert (await seat(desk, address, *field.judges, stranger)).status_code == 422
        wrong = {"judges": [str(field.judges[0].id)], "chair": str(field.judges[1].id)}
        assert (await desk.post(f"{address}/panel", data=wrong)).status_code == 422
    assert len(await rounds.panel(field.round)) == 3


async def test_rounds_of_other_awards_are_not_found(app: Frame) -> None:
    field = await planting.field()
    other = await planting.award("other-2026")
    both = f"/awards/other-2026/rounds/{field.round}"
    async with at_desk(app, other) as desk:
        for base in (f"/awards/green-2026/rounds/{field.round}", both):
            for part in ("", "/settings", "/panel", "/open", "/later", "/remove"):
                assert (await desk.get(base + part)).status_code == 404, part
            for part in ("/settings", "/panel", "/open", "/close", "/later", "/remove"):
                assert (await desk.post(base + part, data=ROUND)).status_code == 404, part
        api = f"/api/v1{both}/judges"
        assert (await desk.get(api)).status_code == (await desk.put(api, json={"judges": []})).status_code == 404
    async with at_desk(app, field.award, other) as desk:
        assert (await desk.get(both)).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"closes_at": "2026-11-20T18:00"}, "closes_at"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"least": "41"}, "least"),
        ({"each": "0"}, "each"),
        ({"best": "0"}, "best"),
        ({"kind": "party"}, "kind"),
        ({"method": "dice"}, "method"),
        ({"rubric": "00000000-0000-0000-0000-000000000000"}, "rubric"),
        ({"missing_rule": "zero-v1"}, "missing_rule"),
        ({"tie_rule": "coin-v1"}, "tie_rule"),
        ({"public_percent": "51"}, "public_percent"),
        ({"vote_opens_at": "2026-11-21T10:00"}, "vote_closes_at"),
        ({"vote_opens_at": "2026-11-22T10:00", "vote_closes_at": "2026-11-22T09:00"}, "vote_closes_at"),
        ({"reminders": "soon"}, "reminders"),
        ({"reminders": ",".join(map(str, range(1, 12)))}, "reminders"),
        ({"title.en": ""}, "title-en"),
    ],
)
async def test_a_round_that_cannot_be_says_where(app: Frame, wrong: dict[str, str], field: str) -> None:
    found = await ready()
    async with at_desk(app, found.award) as desk:
        path = f"/awards/green-2026/categories/{found.category}/rounds/new"
        answer = await desk.post(path, data={**ROUND, "rubric": str(found.rubric), **wrong})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert await value("SELECT count(*) FROM award_round") == 0


async def test_the_api_shows_the_award_and_sets_the_panel(app: Frame) -> None:
    field = await planting.field(judges_count=2)
    async with at_desk(app, field.award) as desk:
        award = (await desk.get("/api/v1/awards/green-2026")).json()
        (category,) = award["categories"]
        (one,) = category["rounds"]
        assert (award["languages"], category["entries"], one["id"]) == (["ja", "en"], 4, str(field.round))
        path = f"/api/v1/awards/green-2026/rounds/{field.round}/judges"
        chosen = str(field.judges[1].id)
        answer = await desk.put(path, json={"judges": [chosen], "chair": chosen})
        assert answer.status_code == 200
        assert (await desk.get(path)).json() == answer.json()
        (found,) = answer.json()["judges"]
        assert (found["id"], found["pseudonym"], found["chair"]) == (chosen, "J02", True)
        wrong = await desk.put(path, json={"judges": [str(field.entries[0].id)], "who": 1})
        assert [one["code"] for one in wrong.json()["errors"]] == ["unknown"]


async def test_rules_have_one_text_whatever_order_they_come_in() -> None:
    field = await planting.field()
    found = await any_round(field.round)
    again = rules.encode(rules.decode(found.rules or ""))
    assert again == found.rules
    assert rubric.digest(again) == rubric.digest(rules.encode(rules.rules_of(found, planting.RUBRIC)))


async def test_one_judge_for_each_entry_has_to_be_meant(app: Frame) -> None:
    found = await ready()
    path = f"/awards/green-2026/categories/{found.category}/rounds/new"
    form = {**ROUND, "rubric": str(found.rubric), "each": "1"}
    async with at_desk(app, found.award) as desk:
        refused = await desk.post(path, data=form)
        assert refused.status_code == 422
        assert "nobody can tell a strict judge from a weak entry" in refused.text
        address = last(await desk.post(path, data={**form, "unlinked": "true"}))
        shown = (await desk.get(f"/awards/green-2026/rounds/{address}/settings")).text
        assert 'name="unlinked" value="true" checked' in shown
        last(await desk.post(path, data={**form, "method": "ranks"}))
    assert await value("SELECT count(*) FROM award_round WHERE each = 1") == 2


async def test_nobody_judges_blindly_who_was_told_the_names_before(app: Frame) -> None:
    found = await ready()
    async with at_desk(app, found.award) as desk:
        named = await added(desk, found, blind="", **{"title.en": "Named", "title.ja": "記名"})
        hidden = await added(desk, found)
        later = await added(desk, found, blind="")
        assert (await seat(desk, named, found.judges[0], found.judges[1])).status_code == 303
        refused = await seat(desk, hidden, *found.judges)
        assert refused.status_code == 422
        assert "J01, J02 sit in a round before this one that shows names" in refused.text
        assert (await seat(desk, later, *found.judges)).status_code == 303, "names may be told once it is over"
        assert (await seat(desk, hidden, found.judges[2])).status_code == 303
        assert (await seat(desk, named, found.judges[0], found.judges[2])).status_code == 303
        shown = (await desk.get(hidden)).text
    assert "J03 sit in a round before this one that shows names" in shown, "it cannot open"
    assert "J02 sit" not in shown
