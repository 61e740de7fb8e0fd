"""Decisions about ties: once, by whoever runs the award, with a reason; recusals are for ever."""

import httpx
import pytest

from app.awards import reach
from app.awards.conflicts import recusals
from app.core import audit
from app.core.db import fetch
from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.conflicts.desks import Desk, acts, desk
from tests.conftest import client
from tests.doors import browser_of, value

REASON = "They share an office."


async def _declared(app: Frame) -> tuple[Desk, str]:
    at = await desk(app)
    await at.declare(0, "Fjordvarme ApS")
    (one,) = await at.conflicts()
    return at, f"{at.api}/{one['id']}"


async def test_a_proposal_forbids_a_pair_until_it_is_dismissed(app: Frame, http: httpx.AsyncClient) -> None:
    at, address = await _declared(app)
    found = await reach.any_round(at.field.round)
    assert await recusals.forbidden(found) == {(at.entry(0), at.judge(0))}
    answer = await at.secretary.post(f"{address}/decision", json={"decision": "dismissed", "reason": REASON})
    assert answer.status_code == 200
    assert answer.json()["state"] == "dismissed"
    assert await recusals.forbidden(found) == set()
    assert await recusals.declared_free(at.judge(0), at.entry(0))
    assert await acts() == ["conflict.declare", "conflict.dismissed"]


async def test_a_confirmed_tie_recuses_for_ever_and_takes_the_assignment_back(
    app: Frame, http: httpx.AsyncClient
) -> None:
    at, address = await _declared(app)
    made = await planting.assign(at.field.round, [(at.entry(0), at.judge(0))], free=False)
    answer = await at.secretary.post(f"{address}/decision", json={"decision": "confirmed", "reason": REASON})
    assert answer.json()["state"] == "confirmed"
    assert await recusals.recused(await reach.any_round(at.field.round)) == {(at.entry(0), at.judge(0))}
    (taken,) = made.values()
    assert await value("SELECT removed_for FROM assignment WHERE id = $1", taken) == "recusal"
    again = await at.secretary.post(f"{address}/decision", json={"decision": "dismissed", "reason": REASON})
    assert again.status_code == 409
    assert again.json()["type"].endswith("/problems/conflict-decided")
    assert (await audit.verify()).broken == 0


async def test_confirming_settles_everything_proposed_of_the_pair(app: Frame, http: httpx.AsyncClient) -> None:
    at, address = await _declared(app)
    await fetch(
        "INSERT INTO conflict (id, judge, entry, source, tie, state, sealed, found_at, reason)"
        " SELECT gen_random_uuid(), judge, entry, 'detected', 'city', 'proposed', sealed, found_at, '' FROM conflict"
    )
    await at.secretary.post(f"{address}/decision", json={"decision": "confirmed", "reason": REASON})
    assert {one["state"] for one in await at.conflicts()} == {"confirmed"}


async def test_a_decision_needs_a_reason(app: Frame, http: httpx.AsyncClient) -> None:
    at, address = await _declared(app)
    answer = await at.secretary.post(f"{address}/decision", json={"decision": "confirmed", "reason": ""})
    assert answer.json()["errors"][0]["field"] == "reason"
    assert [one["state"] for one in await at.conflicts()] == ["proposed"]


async def test_names_are_read_one_conflict_at_a_time_and_that_is_kept(app: Frame, http: httpx.AsyncClient) -> None:
    at, address = await _declared(app)
    assert "My sister" not in (await at.secretary.get(at.api)).text
    assert "conflict.open" not in await acts()
    opened = (await at.secretary.get(address)).json()
    assert opened["evidence"] == {"note": "My sister works there."}
    assert (await acts())[-1] == "conflict.open"
    assert "My sister" not in str(await fetch("SELECT detail FROM audit_entry"))


async def test_a_tie_that_the_office_knows_of_recuses_at_once(app: Frame, http: httpx.AsyncClient) -> None:
    at = await desk(app)
    said = {"judge": str(at.judge(1)), "entry": str(at.entry(2)), "tie": "other", "reason": REASON}
    assert (await at.secretary.post(at.api, json=said)).status_code == 201
    assert await recusals.recused(await reach.any_round(at.field.round)) == {(at.entry(2), at.judge(1))}
    assert (await at.secretary.post(at.api, json=said)).status_code == 409


async def test_judge_and_entry_of_a_tie_belong_to_the_round(app: Frame, http: httpx.AsyncClient) -> None:
    at, other = await desk(app), await desk(app, slug="other-2026")
    said = {"tie": "other", "reason": REASON}
    for judge, entry in (
        (other.judge(0), at.entry(0)),
        (at.judge(0), other.entry(0)),
        (other.judge(0), other.entry(0)),
    ):
        answer = await at.secretary.post(at.api, json={**said, "judge": str(judge), "entry": str(entry)})
        assert answer.status_code == 422
    assert await value("SELECT count(*) FROM recusal") == 0


async def test_another_award_has_nothing_here(app: Frame, http: httpx.AsyncClient) -> None:
    at, address = await _declared(app)
    other = await desk(app, slug="other-2026")
    decision = {"decision": "confirmed", "reason": REASON}
    for foreign in (at.api, address, address.replace("green-2026", "other-2026"), at.page):
        assert (await other.secretary.get(foreign)).status_code == 404
    mixed = f"{other.api}/{address.rpartition('/')[2]}"
    assert (await other.secretary.get(mixed)).status_code == 404
    assert (await other.secretary.post(f"{mixed}/decision", json=decision)).status_code == 404
    assert (await other.secretary.post(f"{address}/decision", json=decision)).status_code == 404
    assert (await other.secretary.post(f"{at.api}:detect")).status_code == 404
    assert (await other.judges[0].get(at.declarations)).status_code == 404
    assert await value("SELECT count(*) FROM recusal") == 0


@pytest.mark.parametrize("which", ["api", "page"])
async def test_judges_do_not_learn_who_has_a_tie(app: Frame, http: httpx.AsyncClient, which: str) -> None:
    at, address = await _declared(app)
    assert (await at.judges[1].get(getattr(at, which))).status_code == 403
    assert (await at.judges[1].get(address)).status_code == 403
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'conflict.open'") == 0


async def test_the_pages_list_open_decide_and_add(app: Frame, http: httpx.AsyncClient) -> None:
    at, address = await _declared(app)
    account = await value("SELECT id FROM account WHERE role = 'secretary' LIMIT 1")
    csrf = await browser_of(http, account)  # type: ignore[arg-type]
    shown = await http.get(at.page)
    assert shown.status_code == 200
    assert "1 tie to be decided" in shown.text
    assert "My sister" not in shown.text
    one = f"{at.page}/{address.rpartition('/')[2]}"
    assert "My sister works there." in (await http.get(one)).text
    assert (await http.post(one, data={"csrf": csrf, "decision": "confirmed"})).status_code == 422
    sent = {"csrf": csrf, "decision": "confirmed", "reason": REASON}
    assert (await http.post(one, data=sent)).status_code == 303
    assert "decided already" in (await http.post(one, data=sent)).text
    said = {"csrf": csrf, "judge": str(at.judge(1)), "entry": str(at.entry(1)), "tie": "city", "reason": REASON}
    assert (await http.post(at.page, data=said)).status_code == 303
    assert (await http.post(at.page, data=said)).status_code == 422
    assert await value("SELECT count(*) FROM recusal") == 2


async def test_officers_decide_as_well(app: Frame, http: httpx.AsyncClient) -> None:
    _at, address = await _declared(app)
    officer = client(app, await planting.secretary(role="officer"))
    answer = await officer.post(f"{address}/decision", json={"decision": "dismissed", "reason": REASON})
    assert answer.status_code == 200
