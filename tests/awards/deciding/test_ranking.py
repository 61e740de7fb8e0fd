"""Who sees the ranking of a round and when, what it says, and what is taken along."""

import datetime as dt
import io
import json
from uuid import uuid4

import httpx
import openpyxl
import pytest

from app.core import spreadsheet
from app.core.db import fetch
from app.core.web.frame import Frame
from tests.attendance.factories import ticket
from tests.awards import planting
from tests.awards.deciding.judged import ranked, round_with
from tests.awards.planting import Field
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import value

pytestmark = pytest.mark.usefixtures("http")

_PAIR = "INSERT INTO comparison (id, round, judge, first, second, better, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
_BALLOT = """
INSERT INTO rank_ballot (id, round, judge, entries, revision, saved_at, submitted_at)
VALUES ($1, $2, $3, $4, 1, $5, $5)
"""
_VOTE = "INSERT INTO ballot (id, round, ticket, entry, cast_at) VALUES ($1, $2, $3, $4, $5)"
_TAKE_BACK = """
UPDATE sheet SET submitted_at = NULL
WHERE assignment = (SELECT id FROM assignment WHERE entry = $1 AND judge = $2)
"""


def api(field: Field) -> str:
    return f"/api/v1/awards/{field.slug}/rounds/{field.round}/ranking"


def page(field: Field) -> str:
    return f"/awards/{field.slug}/rounds/{field.round}/ranking"


async def secretary(app: Frame, field: Field, role: str = "secretary") -> httpx.AsyncClient:
    return client(app, await planting.secretary(field.award, role=role))  # type: ignore[arg-type]


async def test_ranking_as_json_has_raw_and_calibrated_scores_side_by_side(app: Frame) -> None:
    field = await round_with()
    answer = await (await secretary(app, field)).get(api(field))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    said = answer.json()
    assert said["basis"] == "calibrated"
    assert [line["number"] for line in said["lines"]][:2] == [6, 1]
    first = said["lines"][0]
    assert first["raw"] == 100
    assert first["interval"][0] < first["calibrated"] < first["interval"][1]
    assert sum(line["top"] for line in said["lines"]) == pytest.approx(2)
    assert {one["judge"] for one in said["severity"]} == {"J01", "J02", "J03"}
    assert {one["kind"] for one in said["readings"]} == {"raw", "median", "calibrated", "without", "weight"}


async def test_secretary_sees_it_from_the_opening_officers_once_the_round_is_over(app: Frame, clock: Clock) -> None:
    field = await round_with(closed=False)
    mine, office = await secretary(app, field), await secretary(app, field, "officer")
    for address in (api(field), page(field)):
        assert (await mine.get(address)).status_code == 200
        assert (await office.get(address)).status_code == 404
    assert "Judges are still at work" in (await mine.get(page(field))).text
    clock.forward(days=7, milliseconds=-1)
    assert (await office.get(api(field))).status_code == 404
    clock.forward(milliseconds=1)
    assert (await office.get(api(field))).status_code == 200
    assert "Judges are still at work" not in (await mine.get(page(field))).text


async def test_nobody_sees_the_ranking_of_another_award_or_of_a_draft(app: Frame) -> None:
    field = await round_with()
    other = await planting.award("other-2026")
    stranger = client(app, await planting.secretary(other))
    mine = await secretary(app, field)
    draft = await planting.round_(field.category, field.rubric, position=2)
    nothing = await mine.get(f"/api/v1/awards/{field.slug}/rounds/{uuid4()}/ranking")
    assert nothing.status_code == 404
    for asked in (
        await stranger.get(api(field)),
        await mine.get(f"/api/v1/awards/{field.slug}/rounds/{draft}/ranking"),
        await client(app, await planting.secretary(field.award, other)).get(api(field).replace("green", "other")),
    ):
        assert asked.status_code == 404
        assert {**asked.json(), "instance": ""} == {**nothing.json(), "instance": ""}


async def test_of_the_panel_only_its_chair_sees_it_after_the_end_by_numbers_alone(app: Frame, clock: Clock) -> None:
    field = await round_with(closed=False)
    chair, judge = (client(app, one.token) for one in field.judges[:2])
    address = f"/judging/{field.slug}/{field.round}/ranking"
    for asked in (api(field), address):
        assert (await chair.get(asked)).status_code == 404
    queue = f"/judging/{field.slug}/{field.round}"
    assert f'href="{address}"' not in (await chair.get(queue)).text
    await planting.close_round(field.round)
    assert f'href="{address}"' in (await chair.get(queue)).text
    assert f'href="{address}"' not in (await judge.get(queue)).text
    for asked in (api(field), address):
        assert (await judge.get(asked)).status_code == 404
        assert (await chair.get(asked)).status_code == 200
    shown = (await chair.get(address)).text
    assert "Entry 1" not in shown
    assert "Judge 2" not in shown
    assert "J02" in shown
    assert "CSV" not in shown
    assert (await chair.get(page(field))).status_code == 403


async def test_a_chair_with_a_tie_does_not_see_where_that_entry_stands(app: Frame) -> None:
    field = await round_with()
    chair = client(app, field.judges[0].token)
    assert (await chair.get(api(field))).status_code == 200
    await planting.recuse(field.judges[0].id, field.entries[2].id)
    assert (await chair.get(api(field))).status_code == 404
    assert (await chair.get(f"/judging/{field.slug}/{field.round}/ranking")).status_code == 404


async def test_sheets_of_the_recused_and_drafts_of_sheets_do_not_count(app: Frame) -> None:
    field = await round_with()
    before = await ranked(field)
    await fetch(_TAKE_BACK, field.entries[0].id, field.judges[1].id)
    await planting.recuse(field.judges[0].id, field.entries[1].id)
    after = await ranked(field)
    sheets = [{line.number: line.sheets for line in found.lines} for found in (before, after)]
    assert sheets == [dict.fromkeys(range(1, 7), 2), {1: 1, 2: 1, 3: 2, 4: 2, 5: 2, 6: 2}]
    assert before.digest != after.digest


async def test_page_names_the_parts_that_cannot_be_compared_and_what_to_do(app: Frame) -> None:
    field = await round_with(("54--", "31--", "--55", "--32"))
    shown = (await (await secretary(app, field)).get(page(field))).text
    assert "These scores cannot be put in one order" in shown
    assert "Part 1: entries 1, 2" in shown
    assert "Part 2: entries 3, 4" in shown
    assert "let a judge of one part score an entry of every other part" in shown


async def test_page_of_a_complete_round_says_that_calibration_cannot_change_the_order(app: Frame) -> None:
    field = await round_with(("554", "433", "221", "323"))
    shown = (await (await secretary(app, field)).get(page(field))).text
    assert "calibration cannot change the order" in shown
    assert "Krippendorff" in shown


async def test_page_sorts_by_links_and_draws_intervals(app: Frame) -> None:
    field = await round_with()
    mine = await secretary(app, field)

    async def order(sort: str) -> list[int]:
        shown = (await mine.get(page(field), params={"sort": sort})).text
        return sorted(range(1, 7), key=lambda n: shown.index(f"{n} · <span lang"))

    assert await order("number") == [1, 2, 3, 4, 5, 6]
    assert (await order("place"))[:2] == [6, 1]
    assert (await order("raw"))[:2] == [6, 1]
    assert await order("nonsense") == await order("place")
    shown = (await mine.get(page(field))).text
    assert shown.count("meter-bar__mark") == 6


async def test_list_taken_along_is_harmless_and_written_down(app: Frame) -> None:
    field = await round_with()
    version = field.entries[5].version
    await fetch("ALTER TABLE entry_version DISABLE TRIGGER USER")
    await fetch("UPDATE entry_version SET body = replace(body, 'Entry 6', '=HYPERLINK(1)') WHERE id = $1", version)
    mine = await secretary(app, field)
    csv = await mine.post(f"{page(field)}/export", data={"kind": "csv"})
    assert csv.headers["content-type"].startswith(spreadsheet.CSV)
    assert csv.headers["content-disposition"] == 'attachment; filename="ranking-green-2026-1.csv"'
    lines = csv.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Rank,Shared place,Number,The entry,Sheets,Abstained,Mean,Calibrated,Low,High")
    assert lines[1].startswith("1,1,6,'=HYPERLINK(1),2,0,100.00,")
    book = openpyxl.load_workbook(io.BytesIO((await mine.post(f"{page(field)}/export", data={"kind": "xlsx"})).content))
    assert [cell.value for cell in book.active[2]][:4] == ["1", "1", "6", "=HYPERLINK(1)"]
    assert book.active["D2"].data_type == "s"
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'award_round.ranking.export'") == 2


async def test_every_method_has_its_page(app: Frame) -> None:
    field = await round_with(("ppf", "pf-", "ff-"), method="pass_fail")
    shown = (await (await secretary(app, field)).get(page(field))).text
    assert "Passed" in shown
    pairs = await planting.field(slug="pairs-2026", entries_count=3, judges_count=2, method="pairs")
    await planting.everybody(pairs)
    one, two, three = sorted(entry.id for entry in pairs.entries)
    for judge, first, second, better in (
        (0, one, two, one), (0, two, three, two), (0, one, three, one), (1, one, two, two), (1, two, three, three),
        (1, one, three, None),
    ):  # fmt: skip
        await fetch(_PAIR, uuid4(), pairs.round, pairs.judges[judge].id, first, second, better, NOW)
    await planting.close_round(pairs.round)
    answer = await (await secretary(app, pairs)).get(api(pairs))
    assert answer.json()["basis"] == "strength"
    assert answer.json()["lines"][0]["entry"] == str(one)
    assert "Strength" in (await (await secretary(app, pairs)).get(page(pairs))).text
    ranks = await planting.field(slug="ranks-2026", entries_count=3, judges_count=2, method="ranks")
    await planting.everybody(ranks)
    a, b, c = (str(entry.id) for entry in ranks.entries)
    for one_of, order in zip(ranks.judges, ([a, b, c], [a, c, b]), strict=True):
        await fetch(_BALLOT, uuid4(), ranks.round, one_of.id, json.dumps(order), NOW)
    await planting.close_round(ranks.round)
    said = (await (await secretary(app, ranks)).get(api(ranks))).json()
    assert (said["basis"], said["refusal"]["kind"]) == ("schulze", "unbounded")
    assert said["lines"][0]["entry"] == a
    assert "Schulze" in (await (await secretary(app, ranks)).get(page(ranks))).text
    empty = await planting.field(slug="empty-2026")
    assert "Nothing to rank yet" in (await (await secretary(app, empty)).get(page(empty))).text


async def test_public_vote_is_mixed_in_once_it_is_over_and_not_before(app: Frame, clock: Clock) -> None:
    over = NOW + planting.DAY
    field = await round_with(("554", "433", "221"), public_percent=40, vote_opens_at=NOW, vote_closes_at=over)
    mine = await secretary(app, field)
    for _ in range(2):
        await fetch(_VOTE, uuid4(), field.round, (await ticket()).id, field.entries[2].id, NOW)
    clock.moment = over - dt.timedelta(milliseconds=1)
    before = await mine.get(api(field))
    assert before.json()["basis"] == "calibrated"
    assert [line["public_place"] for line in before.json()["lines"]] == [None] * 3
    form = {"held_at": "2026-11-21T11:00", "present": str(field.judges[0].id), "chair": str(field.judges[0].id)}
    early = await mine.post(
        f"/awards/{field.slug}/rounds/{field.round}/deliberation/new", data={**form, "minutes": "."}
    )
    assert early.status_code == 422
    assert "The public is still voting" in early.text
    clock.moment = over
    after = (await mine.get(api(field))).json()
    assert after["basis"] == "mixed"
    # Jury 100, 50, 0; public 25, 25, 100, because the first two share places 2 and 3.
    assert [(line["number"], line["mixed"]) for line in after["lines"]] == [(1, 70.0), (2, 40.0), (3, 40.0)]
    assert [line["public_place"] for line in after["lines"]] == [2, 2, 1]
    assert "fixed before the round opened" in (await mine.get(page(field))).text
    assert "votes" not in after


async def test_the_same_votes_are_worked_out_once(app: Frame) -> None:
    field = await round_with()
    assert await ranked(field) is await ranked(field)
