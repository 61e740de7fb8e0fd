"""Changes by hand and lists: conflicts are never overruled, other rules of the round with a reason."""

import re
from uuid import UUID, uuid4

import pytest

from app.awards.assigning import solving
from app.core.db import fetch, fetch_one
from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.assigning import desks
from tests.awards.assigning.desks import Desk, desk
from tests.clock import Clock

pytestmark = pytest.mark.usefixtures("rollback")


async def assigned(app: Frame, clock: Clock, **columns: object) -> Desk:
    """Four entries, four judges J0 to J3: entry n has J(n) and J(n + 1)."""
    at = await desk(app, clock, **{"entries_count": 4, "judges_count": 4, "most": 3, **columns})
    await planting.assign(
        at.field.round, [(at.entry(n), at.judge(j % 4)) for n in range(4) for j in (n, n + 1)], free=False
    )
    return at


async def test_judges_of_an_entry_are_changed_and_the_same_again_changes_nothing(app: Frame, clock: Clock) -> None:
    at = await assigned(app, clock)
    assert (await at.put(0, 0, 2)).json() == {"added": 1, "removed": 1}
    assert (await at.put(0, 0, 2)).json() == {"added": 0, "removed": 0}
    assert (await at.panels())[str(at.entry(0))] == {str(at.judge(0)), str(at.judge(2))}
    row = await fetch_one(
        "SELECT count(*) FILTER (WHERE removed_for = 'changed by hand') AS gone,"
        " count(*) FILTER (WHERE source = 'manual' AND removed_at IS NULL) AS made FROM assignment WHERE round = $1",
        at.field.round,
    )
    assert row is not None
    assert row["gone"] == 1
    entries = await fetch("SELECT action FROM audit_entry WHERE subject = $1", f"round:{at.field.round}")
    assert [row["action"] for row in entries] == ["assignment.change"]


async def test_a_conflict_is_not_overruled_by_any_reason(app: Frame, clock: Clock) -> None:
    at = await assigned(app, clock)
    await planting.recuse(at.judge(3), at.entry(0))
    refused = await at.put(0, 0, 3, reason="The chair wants it")
    assert refused.status_code == 422
    assert [error["code"] for error in refused.json()["errors"]] == ["conflict"]
    assert (await at.panels())[str(at.entry(0))] == {str(at.judge(0)), str(at.judge(1))}


@pytest.mark.parametrize(
    ("judges", "words"),
    [
        ((0,), "Judges of entry 1: 1. The round asks for 2."),
        ((0, 1, 2), "Judges of entry 1: 3. The round asks for 2."),
    ],
)
async def test_size_of_a_panel_needs_a_reason(app: Frame, clock: Clock, judges: tuple[int, ...], words: str) -> None:
    at = await assigned(app, clock)
    refused = await at.put(0, *judges)
    assert refused.status_code == 409
    assert [error["detail"] for error in refused.json()["errors"]] == [words]
    assert (await at.put(0, *judges, reason="A colleague is ill")).status_code == 200
    assert words in (await at.http.get(at.api)).json()["broken"]


async def test_loads_need_a_reason_in_both_directions(app: Frame, clock: Clock) -> None:
    at = await assigned(app, clock, most=2, least=2)
    refused = await at.put(0, 0, 2)
    assert [error["detail"] for error in refused.json()["errors"]] == [
        "Entries of J03: 3. The most are 2.",
        "Entries of J02: 1. The least are 2.",
    ]


async def test_panels_that_would_fall_apart_need_a_reason(app: Frame, clock: Clock) -> None:
    at = await assigned(app, clock)
    assert (await at.put(1, 0, 1)).status_code == 200
    refused = await at.put(3, 2, 3)
    words = "The panels fall into 2 groups without a judge in common: their scores cannot be compared."
    assert [error["detail"] for error in refused.json()["errors"]] == [words]


async def test_work_that_was_begun_is_not_taken_back_in_silence(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock, entries_count=2, judges_count=3)
    made = await planting.assign(at.field.round, [(at.entry(n), at.judge(j)) for n in (0, 1) for j in (0, 1)])
    await planting.sheet(made[at.entry(0), at.judge(0)], {"impact": 3}, submitted=False)
    refused = await at.put(0, 1, 2)
    assert [error["detail"] for error in refused.json()["errors"]] == [
        "J01 has begun to judge entry 1. That work would not count."
    ]


async def test_only_judges_who_sit_and_entries_of_the_round_count(app: Frame, clock: Clock) -> None:
    at = await assigned(app, clock)
    stranger = await planting.judge(at.field.award, token=False)
    body = {"judges": [str(stranger.id), str(at.judge(0))]}
    assert (await at.http.put(f"{at.api}/{at.entry(0)}", json=body)).status_code == 422
    assert (await at.http.put(f"{at.api}/{uuid4()}", json=body)).status_code == 404


async def test_a_list_goes_out_harmless_and_comes_back_as_it_was(app: Frame, clock: Clock) -> None:
    at = await assigned(app, clock)
    await fetch("UPDATE account SET label = '=1+1' WHERE id = $1", at.field.judges[0].account)
    out = await at.http.post(f"{at.page}/export")
    assert out.headers["content-type"].startswith("text/csv")
    assert "1,J01,Entry 1,'=1+1," in out.text
    before = await desks.standing(at.field.round)
    back = await at.http.post(f"{at.page}/list", files={"file": ("a.csv", out.content)})
    assert back.status_code == 303, back.text
    assert await desks.standing(at.field.round) == before


async def test_a_list_changes_the_entries_that_it_names(app: Frame, clock: Clock) -> None:
    at = await assigned(app, clock)
    file = {"file": ("a.csv", b"Entry;Judge\n1;J01\n1;j03\n")}
    assert (await at.http.post(f"{at.page}/list", files=file)).status_code == 303
    panels = await at.panels()
    assert panels[str(at.entry(0))] == {str(at.judge(0)), str(at.judge(2))}
    assert panels[str(at.entry(1))] == {str(at.judge(1)), str(at.judge(2))}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (b"entry,judge\n9,J01\n", "Line 2: there is no entry 9 in this round."),
        (b"entry,judge\n1,J09\n", "Line 2: no judge J09 sits on the panel."),
        (b"entry,judge\n1,J01\n1,J04\n", "J04 has a conflict with entry 1, or one that is not decided."),
        (b"entry,judge\n1,J01\n", "Judges of entry 1: 1. The round asks for 2."),
        (b"number,person\n1,J01\n", "The list needs the columns"),
        (b"entry,judge\n", "There is nothing below the heading"),
        (b"", "Please choose a file."),
    ],
)
async def test_a_list_with_something_wrong_changes_nothing(app: Frame, clock: Clock, lines: bytes, words: str) -> None:
    at = await assigned(app, clock)
    await planting.recuse(at.judge(3), at.entry(0))
    before = await desks.standing(at.field.round)
    answer = await at.http.post(f"{at.page}/list", files={"file": ("a.csv", lines)})
    assert answer.status_code == 422
    assert words in answer.text
    assert await desks.standing(at.field.round) == before


async def test_the_pages_work_without_scripts_from_question_to_list(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock, entries_count=3, judges_count=3)
    assert "Work it out" in (await at.http.get(at.page)).text
    asked = await at.http.post(f"{at.page}/solve", data={"keep": "begun"})
    run = asked.headers["location"].partition("?")[0]
    clock.forward(seconds=4)
    assert "4 / 30" in (await at.http.get(run)).text
    assert "A proposal is being worked out." in (await at.http.get(at.page)).text
    await solving.solve(run=uuid_of(run), now=clock())
    assert "It is proven that no assignment is better." in (await at.http.get(run)).text
    assert "A proposal is ready." in (await at.http.get(at.page)).text
    assert (await at.http.post(f"{run}/take")).headers["location"] == f"{at.page}?done=taken"
    assert len(await desks.standing(at.field.round)) == 6
    form = f"{at.page}/entries/{at.entry(0)}"
    assert (await at.http.get(form)).text.count("checked") == 2
    sent = {"judges": [str(at.judge(0))]}
    refused = await at.http.post(form, data=sent)
    assert refused.status_code == 422
    assert "Judges of entry 1: 1. The round asks for 2." in refused.text
    assert (await at.http.post(form, data={**sent, "reason": "Ill"})).headers["location"] == f"{at.page}?done=changed"
    assert "Not as the round asks for" in (await at.http.get(at.page)).text


def uuid_of(address: str) -> UUID:
    return UUID(address.rpartition("/")[2])


async def test_an_empty_round_says_what_to_do_first(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock, judges_count=0)
    assert "Put judges on the panel of this round first." in (await at.http.get(at.page)).text
    none = await desk(app, clock, entries_count=0, slug="empty-2026")
    assert "No entries yet" in (await none.http.get(none.page)).text


async def test_a_proposal_can_be_discarded_on_its_page(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock)
    run = (await at.http.post(f"{at.page}/solve", data={})).headers["location"].partition("?")[0]
    assert (await at.http.post(f"{run}/discard")).headers["location"] == f"{at.page}?done=discarded"
    assert "This proposal was discarded." in (await at.http.get(run)).text


async def test_list_comes_in_pages(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock, entries_count=5, judges_count=2)
    whole = (await at.http.get(at.api)).json()["panels"]
    assert [panel["number"] for panel in whole] == [1, 2, 3, 4, 5]
    seen, address = [], f"{at.api}?limit=2"
    for pages in (1, 2, 3):
        answer = await at.http.get(address)
        seen += answer.json()["panels"]
        if pages < 3:
            address = re.findall(r'<([^>]+)>; rel="next"', answer.headers["link"])[0]
    assert seen == whole
    assert "link" not in answer.headers
