"""The judge's pages without scripts: rounds, queue, sheet, and the secretary's view of progress."""

import re
from uuid import uuid4

import httpx
import pytest

from app.core.db import fetch, fetch_one
from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.scoring.desks import FULL, Planted, at_desk, planted, put
from tests.clock import Clock
from tests.conftest import client
from tests.doors import value

ALL = {"values.impact": "4", "values.design": "3", "values.scaling": "none", "revision": "0"}


async def post(http: httpx.AsyncClient, where: Planted, entry: int = 0, **form: str) -> httpx.Response:
    named = {name.replace("__", "."): said for name, said in form.items()}
    return await http.post(where.page(entry), data=named)


async def test_rounds_of_a_judge(app: Frame, rollback: None) -> None:
    where = await planted(entries_count=4)
    await planting.sheet(where.assignment(), FULL)
    async with at_desk(app, where) as judge:
        html = (await judge.get("/judging")).text
    assert f'href="{where.desk}"' in html
    assert "1 / 4" in html
    assert "November 28, 2026, 10:00" in html
    assert 'datetime="2026-11-28T10:00:00+09:00" data-local="date"' in html


async def test_nothing_to_judge(app: Frame, rollback: None) -> None:
    of = await planting.award()
    judge = await planting.judge(of)
    async with client(app, judge.token) as http:
        assert "Nothing to judge yet" in (await http.get("/judging")).text


async def test_queue(app: Frame, rollback: None) -> None:
    where = await planted(entries_count=4)
    await planting.sheet(where.assignment(0), FULL)
    await planting.sheet(where.assignment(1), FULL, submitted=False)
    await planting.sheet(where.assignment(2), {"impact": 1}, submitted=False)
    await fetch(
        "DELETE FROM declaration WHERE judge = $1 AND entry = $2", where.field.judges[0].id, where.field.entries[3].id
    )
    async with at_desk(app, where) as judge:
        html = (await judge.get(where.desk)).text
        rest = (await judge.get(f"{where.desk}?show=open")).text
    words = ("Submitted", "Complete, not submitted", "Begun")
    assert all(f">{one}</span>" in html for one in words)
    assert "Entry 3</span>" in html
    assert "Entry 4" not in html
    assert where.page(3) not in html
    assert where.page(0) not in rest
    assert "1 entry waits for your declaration." in html


async def test_queue_in_pages(app: Frame, rollback: None) -> None:
    where = await planted(entries_count=60, judges_count=1)
    async with at_desk(app, where) as judge:
        first, second = [(await judge.get(f"{where.desk}?at={n}")).text for n in (1, 2)]
    shown = [len(re.findall(r'<th scope="row">', html)) for html in (first, second)]
    assert shown == [50, 10]
    assert "51 to 60 of 60" in second


async def test_sheet_by_form(app: Frame, rollback: None) -> None:
    where = await planted()
    async with at_desk(app, where) as judge:
        saved = await judge.post(where.page(), data={**ALL, "to_applicant": "Well done.\r\nReally."})
        assert saved.headers["location"] == f"{where.page()}?done=saved"
        html = (await judge.get(where.page())).text
        assert re.search(r'name="values.impact" value="4" checked', html)
        assert re.search(r'name="values.scaling" value="none" checked', html)
        assert "Well done.\nReally.</textarea>" in html
        sent = await judge.post(where.page(), data={**ALL, "revision": "1", "action": "submit"})
        assert sent.headers["location"] == f"{where.page(1)}?done=submitted"
    row = await fetch_one('SELECT "values", submitted_at IS NOT NULL AS counts, to_applicant, revision FROM sheet')
    assert row is not None
    assert tuple(row) == ('{"design": 3.0, "impact": 4.0, "scaling": null}', True, "", 2)


async def test_last_submission_leads_to_the_queue(app: Frame, rollback: None) -> None:
    where = await planted(entries_count=2)
    await planting.sheet(where.assignment(1), FULL)
    async with at_desk(app, where) as judge:
        answer = await judge.post(where.page(0), data={**ALL, "action": "submit"})
    assert answer.headers["location"] == f"{where.desk}?done=submitted"


async def test_submission_with_open_questions_comes_back(app: Frame, rollback: None) -> None:
    where = await planted()
    async with at_desk(app, where) as judge:
        typed = {"values.impact": "2", "revision": "0", "action": "submit", "to_committee": "Later more"}
        answer = await judge.post(where.page(), data=typed)
    assert answer.status_code == 422
    assert "2 answers need your attention" in answer.text
    assert '<a href="#values-design">' in answer.text
    assert "Later more</textarea>" in answer.text
    assert re.search(r'name="values.impact" value="2" checked', answer.text)
    assert await value("SELECT count(*) FROM sheet") == 0


async def test_two_windows_without_scripts_see_both(app: Frame, rollback: None) -> None:
    where = await planted()
    async with at_desk(app, where) as judge:
        await put(judge, where.scores(), 0, {"impact": 1}, to_committee="From the train")
        answer = await judge.post(where.page(), data={**ALL, "to_committee": "At the desk"})
        assert answer.status_code == 409
        rows = re.findall(r'<tr><th scope="row">(.*?)</th><td.*?>(.*?)</td><td.*?>(.*?)</td></tr>', answer.text)
        assert rows == [
            ("Design", "3", "–"),
            ("Impact", "4", "1"),
            ("Scaling", "I cannot judge this", "–"),
            ("Comment to the committee", "At the desk", "From the train"),
        ]
        assert 'name="revision" value="1"' in answer.text
        again = await judge.post(where.page(), data={**ALL, "to_committee": "At the desk", "revision": "1"})
        assert again.status_code == 303
    assert await value("SELECT to_committee FROM sheet") == "At the desk"


async def test_closed_round_can_be_read(app: Frame, rollback: None, clock: Clock) -> None:
    where = await planted()
    await planting.sheet(where.assignment(), FULL, to_applicant="Kept words")
    clock.forward(days=7)
    async with at_desk(app, where) as judge:
        html = (await judge.get(where.page())).text
        refused = await judge.post(where.page(), data=ALL, headers={"accept": "text/html"})
    assert "This round is over." in html
    assert "Kept words" in html
    assert 'name="action"' not in html
    assert "data-sheet" not in html
    assert refused.status_code == 409


async def test_submit_all_that_is_complete(app: Frame, rollback: None) -> None:
    where = await planted(entries_count=4)
    await planting.sheet(where.assignment(0), FULL, submitted=False)
    await planting.sheet(where.assignment(1), {}, abstained=True, submitted=False)
    await planting.sheet(where.assignment(2), {"impact": 1}, submitted=False)
    async with at_desk(app, where) as judge:
        assert "2 sheets are complete and not submitted yet." in (await judge.get(where.desk)).text
        answer = await judge.post(f"{where.desk}/submit")
    assert answer.headers["location"] == f"{where.desk}?done=all"
    rows = await fetch("SELECT assignment FROM sheet WHERE submitted_at IS NOT NULL")
    assert {row["assignment"] for row in rows} == {where.assignment(0), where.assignment(1)}
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'award.sheet'") == 2


@pytest.mark.parametrize("suffix", ["", "/submit"])
async def test_other_peoples_desks_are_not_found(app: Frame, rollback: None, suffix: str) -> None:
    where, other = await planted(), await planted(slug="other-2026")
    async with at_desk(app, other) as judge:
        for address in (where.desk, f"/judging/other-2026/{where.field.round}", f"/judging/green-2026/{uuid4()}"):
            answer = await (judge.post if suffix else judge.get)(f"{address}{suffix}")
            assert answer.status_code == 404


async def test_progress_page_has_no_scores(app: Frame, rollback: None) -> None:
    where = await planted(entries_count=2, judges_count=2)
    await planting.sheet(where.assignment(0, 0), FULL, to_committee="Secret words")
    token = await planting.secretary(where.field.award)
    async with client(app, token) as http:
        html = (await http.get(f"/awards/green-2026/rounds/{where.field.round}/progress")).text
    assert "Judge 1 <span" in html
    assert "1 / 2" in html
    assert "1 / 4" in html
    assert "Secret words" not in html
    assert "Entry 1" not in html


async def test_progress_of_another_award_is_not_found(app: Frame, rollback: None) -> None:
    where, other = await planted(), await planted(slug="other-2026")
    token = await planting.secretary(other.field.award)
    async with client(app, token) as http:
        for award in ("green-2026", "other-2026"):
            for base in ("/awards", "/api/v1/awards"):
                address = f"{base}/{award}/rounds/{where.field.round}/progress"
                assert (await http.get(address)).status_code == 404


async def test_level_texts_are_in_the_judges_language(app: Frame, rollback: None) -> None:
    where = await planted()
    async with at_desk(app, where) as judge:
        html = (await judge.get(where.page(), headers={"accept-language": "ja"})).text
    assert '<span lang="ja">効果</span>' in html
