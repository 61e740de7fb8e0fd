"""Sheets through the API: saved by revision, the same twice is once, and only while the round takes them."""

import datetime as dt
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.awards.scoring import saving
from app.awards.windows import accepts
from app.core.db import fetch, fetch_one
from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.scoring.desks import FULL, at_desk, planted, put
from tests.clock import NOW, Clock
from tests.doors import value

MS = dt.timedelta(milliseconds=1)


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "")


async def test_saved_by_revision(app: Frame, rollback: None) -> None:
    where = await planted()
    async with at_desk(app, where) as judge:
        first = await put(judge, where.scores(), 0, {"impact": 4}, to_applicant="Good heat.")
        assert first.status_code == 200
        assert first.headers["etag"] == '"1"'
        assert first.json()["open"] == ["values.design", "values.scaling"]
        second = await put(judge, where.scores(), 1, {"impact": 4, "design": None})
        assert second.json()["revision"] == 2
        read = await judge.get(where.scores())
    assert read.headers["etag"] == '"2"'
    assert read.json() == {
        "entry": str(where.field.entries[0].id),
        "revision": 2,
        "saved_at": "2026-11-21T01:00:00Z",
        "submitted_at": None,
        "open": ["values.scaling"],
        "sheet": {
            "values": {"impact": 4.0, "design": None},
            "verdict": None,
            "abstained": False,
            "to_applicant": "",
            "to_committee": "",
        },
    }


async def test_sheet_names_the_version_it_judges(app: Frame, rollback: None) -> None:
    where = await planted()
    async with at_desk(app, where) as judge:
        await put(judge, where.scores(), 0)
    assert await value("SELECT version FROM sheet") == where.field.entries[0].digest


async def test_older_revision_is_refused_with_what_is_stored(app: Frame, rollback: None) -> None:
    where = await planted()
    async with at_desk(app, where) as judge:
        await put(judge, where.scores(), 0, {"impact": 1})
        late = await put(judge, where.scores(), 0, {"impact": 2})
    assert problem(late) == (412, "/problems/sheet-outdated")
    assert late.json()["revision"] == 1
    assert late.json()["stored"]["values"] == {"impact": 1.0}
    assert await value("SELECT \"values\" ->> 'impact' FROM sheet") == "1.0"


async def test_same_again_changes_nothing(app: Frame, rollback: None) -> None:
    where = await planted()
    async with at_desk(app, where) as judge:
        answers = [await put(judge, where.scores(), 0, submit=True) for _ in range(3)]
    assert [answer.json()["revision"] for answer in answers] == [1, 1, 1]
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'award.sheet'") == 1


@pytest.mark.parametrize("tag", ["", "new", '"-1"', "*"])
async def test_revision_is_needed(app: Frame, rollback: None, tag: str) -> None:
    where = await planted()
    async with at_desk(app, where) as judge:
        answer = await judge.put(where.scores(), json={"values": {}}, headers={"if-match": tag} if tag else {})
    assert problem(answer) == (428, "/problems/revision-needed")


async def test_revision_that_never_was(app: Frame, rollback: None) -> None:
    where = await planted()
    async with at_desk(app, where) as judge:
        assert problem(await put(judge, where.scores(), 7)) == (412, "/problems/sheet-outdated")


async def test_submitting_needs_every_answer(app: Frame, rollback: None) -> None:
    where = await planted()
    async with at_desk(app, where) as judge:
        refused = await put(judge, where.scores(), 0, {"design": 3}, submit=True)
        assert refused.status_code == 422
        assert [error["field"] for error in refused.json()["errors"]] == ["values.impact", "values.scaling"]
        unable = await put(judge, where.scores(), 0, {"impact": 1, "design": None, "scaling": None}, submit=True)
        assert unable.json()["submitted_at"] == "2026-11-21T01:00:00Z"
        away = await put(judge, where.scores(1), 0, {}, abstained=True, submit=True)
        assert away.json()["submitted_at"] == "2026-11-21T01:00:00Z"


async def test_submitted_sheet_may_change_and_says_so_in_the_audit_log(
    app: Frame, rollback: None, clock: Clock
) -> None:
    where = await planted()
    async with at_desk(app, where) as judge:
        await put(judge, where.scores(), 0, submit=True)
        clock.forward(minutes=5)
        changed = await put(judge, where.scores(), 1, {**FULL, "impact": 5})
        assert changed.json()["submitted_at"] == "2026-11-21T01:00:00Z"
        left_open = await put(judge, where.scores(), 2, {"impact": 5})
        assert left_open.json()["submitted_at"] is None
    rows = await fetch("SELECT subject, detail FROM audit_entry WHERE action = 'award.sheet' ORDER BY position")
    assert {row["subject"] for row in rows} == {f"assignment:{where.assignment()}"}
    assert [row["detail"] for row in rows] == [
        '{"revision":1,"submitted":true}',
        '{"revision":2,"submitted":true}',
        '{"revision":3,"submitted":false}',
    ]


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({"values": {"impact": 6}}, ["values.impact"]),
        ({"values": {"impact": 2.5}}, ["values.impact"]),
        ({"values": {"beauty": 3, "impact": 0}}, ["values.beauty", "values.impact"]),
        ({"verdict": "passed"}, ["verdict"]),
        ({"verdict": "perhaps"}, ["verdict"]),
        ({"place": 1}, ["place"]),
        ({"to_applicant": "x" * 4001}, ["to_applicant"]),
    ],
)
async def test_wrong_sheets(app: Frame, rollback: None, said: dict[str, Any], fields: list[str]) -> None:
    where = await planted()
    async with at_desk(app, where) as judge:
        answer = await judge.put(where.scores(), json=said, headers={"if-match": "0"})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == fields
    assert await value("SELECT count(*) FROM sheet") == 0


async def test_pass_or_fail(app: Frame, rollback: None) -> None:
    where = await planted(method="pass_fail", kind="eligibility")
    async with at_desk(app, where) as judge:
        refused = await put(judge, where.scores(), 0, submit=True)
        assert [error["field"] for error in refused.json()["errors"]] == ["verdict"]
        passed = await put(judge, where.scores(), 0, verdict="passed", submit=True)
    assert passed.json()["sheet"]["verdict"] == "passed"


async def test_window_to_the_millisecond(app: Frame, rollback: None, clock: Clock) -> None:
    end = NOW + dt.timedelta(hours=1, milliseconds=250)
    where = await planted(closes_at=NOW + dt.timedelta(hours=1), grace_ms=250)
    async with at_desk(app, where) as judge:
        clock.moment = end - MS
        assert (await put(judge, where.scores(), 0, {"impact": 1})).status_code == 200
        for moment in (end, end + MS):
            clock.moment = moment
            assert problem(await put(judge, where.scores(), 1, {"impact": 2})) == (409, "/problems/round-closed")
            submitting = await put(judge, where.scores(), 1, submit=True)
            assert problem(submitting) == (409, "/problems/round-closed")
        clock.moment = NOW - planting.DAY - MS
        assert problem(await put(judge, where.scores(), 1, {"impact": 2})) == (409, "/problems/round-closed")
        clock.moment = NOW - planting.DAY
        assert (await put(judge, where.scores(), 1, {"impact": 2})).status_code == 200


@pytest.mark.parametrize("grace", [0, 1, 90_000])
async def test_statement_and_window_agree(rollback: None, grace: int) -> None:
    opens, closes = NOW, NOW + dt.timedelta(hours=1)
    ends = (opens, closes, closes + dt.timedelta(milliseconds=grace))
    steps = [dt.timedelta(microseconds=n) for n in (-1000, -1, 0, 1, 1000)]
    for moment in (end + step for end in ends for step in steps):
        row = await fetch_one(
            f"SELECT {saving.OPEN.format(now='$1::timestamptz')} AS open FROM (SELECT 'open' AS state,"
            " $2::timestamptz AS opens_at, $3::timestamptz AS closes_at, $4::int AS grace_ms) r",
            moment, opens, closes, grace,
        )  # fmt: skip
        assert row is not None
        assert row["open"] == accepts(moment, opens, closes, grace), moment


async def test_closed_by_the_secretary(app: Frame, rollback: None) -> None:
    where = await planted()
    await planting.close_round(where.field.round)
    async with at_desk(app, where) as judge:
        assert problem(await put(judge, where.scores(), 0)) == (409, "/problems/round-closed")


async def test_declaration_comes_first(app: Frame, rollback: None) -> None:
    where = await planted()
    await fetch("DELETE FROM declaration WHERE judge = $1", where.field.judges[0].id)
    async with at_desk(app, where) as judge:
        assert problem(await put(judge, where.scores(), 0)) == (409, "/problems/declare-first")
        await planting.declare_free(where.field.judges[0].id, where.field.entries[0].id)
        assert (await put(judge, where.scores(), 0)).status_code == 200


async def test_undecided_tie_looks_as_if_taken_back(app: Frame, rollback: None) -> None:
    where = await planted()
    await planting.sheet(where.assignment(), FULL, submitted=False)
    await fetch(
        "INSERT INTO conflict (id, judge, entry, source, tie, state, sealed, found_at, reason)"
        " VALUES (gen_random_uuid(), $1, $2, 'detected', 'person', 'proposed', '', $3, '')",
        where.field.judges[0].id,
        where.field.entries[0].id,
        NOW,
    )
    async with at_desk(app, where) as judge:
        answers = [await put(judge, where.scores(), 1), await put(judge, where.scores(), 1, submit=True)]
        answers += [await judge.get(where.scores()), await judge.get(where.page())]
        assert [answer.status_code for answer in answers] == [404] * 4
        listed = (await judge.get(f"{where.api}/scores")).json()
        assert [one["number"] for one in listed] == [2, 3, 4]
        html = (await judge.get(where.desk)).text
        assert "declaration" not in html
        assert "0 / 3" in html
    await fetch("UPDATE conflict SET state = 'dismissed'")
    async with at_desk(app, where) as judge:
        assert (await put(judge, where.scores(), 1)).status_code == 200


async def test_what_is_not_yours_is_not_found(app: Frame, rollback: None) -> None:
    where = await planted()
    other = await planted(slug="other-2026")
    draft = await planting.round_(where.field.category, where.field.rubric, position=2)
    async with at_desk(app, where) as judge:
        nothing = await put(judge, f"{where.api}/scores/{uuid4()}", 0)
        assert nothing.status_code == 404
        await planting.recuse(where.field.judges[0].id, where.field.entries[1].id)
        await fetch("UPDATE award_entry SET state = 'withdrawn' WHERE id = $1", where.field.entries[2].id)
        for address in (
            where.scores(1),
            where.scores(2),
            other.scores(),
            f"/api/v1/awards/other-2026/rounds/{where.field.round}/scores/{where.field.entries[0].id}",
            f"/api/v1/awards/green-2026/rounds/{draft}/scores/{where.field.entries[0].id}",
            f"/api/v1/awards/green-2026/rounds/{uuid4()}/scores/{where.field.entries[0].id}",
        ):
            for answer in (await put(judge, address, 0), await put(judge, address, 0, submit=True)):
                assert answer.status_code == 404, address
                assert answer.json() | {"instance": ""} == nothing.json() | {"instance": ""}
            assert (await judge.get(address)).status_code == 404
    assert await value("SELECT count(*) FROM sheet") == 0


async def test_judge_whose_scope_was_narrowed(app: Frame, rollback: None) -> None:
    where = await planted()
    await fetch("UPDATE account SET scope = '{\"awards\": []}' WHERE id = $1", where.field.judges[0].account)
    async with at_desk(app, where) as judge:
        assert (await put(judge, where.scores(), 0)).status_code == 404
        assert (await judge.get(f"{where.api}/scores")).status_code == 404


async def test_queue_lists_own_entries(app: Frame, rollback: None) -> None:
    where = await planted(entries_count=3)
    await fetch(
        "DELETE FROM declaration WHERE judge = $1 AND entry = $2", where.field.judges[0].id, where.field.entries[2].id
    )
    async with at_desk(app, where) as judge:
        await put(judge, where.scores(0), 0, submit=True)
        await put(judge, where.scores(1), 0, {"impact": None})
        found = (await judge.get(f"{where.api}/scores")).json()
    assert [(one["number"], one["state"], one["answered"], one["questions"]) for one in found] == [
        (1, "submitted", 3, 3),
        (2, "begun", 1, 3),
    ]


async def test_progress_tells_no_scores(app: Frame, rollback: None) -> None:
    where = await planted(entries_count=2, judges_count=2)
    await planting.sheet(where.assignment(0, 0), FULL)
    await planting.sheet(where.assignment(1, 0), {"impact": 1}, submitted=False, to_committee="Hm.")
    from tests.conftest import client

    async with client(app, await planting.secretary(where.field.award)) as http:
        found = (await http.get(f"{where.api}/progress")).json()
        assert (await http.get(f"{where.api}/scores")).status_code == 403
    assert (found["method"], found["done"], found["all"]) == ("scores", 1, 4)
    assert found["judges"] == [
        {
            "judge": str(where.field.judges[n].id),
            "pseudonym": f"J0{n + 1}",
            "assigned": 2,
            "undeclared": 0,
            "begun": begun,
            "done": done,
            "all": 2,
            "saved_at": at,
        }
        for n, (begun, done, at) in enumerate([(1, 1, "2026-11-21T01:00:00Z"), (0, 0, None)])
    ]
