"""A pair that is recused through the office is refused by every way of assigning; one in question as well."""

import httpx
import pytest

from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.conflicts.desks import Desk, desk
from tests.doors import value

REASON = "They share an office."


async def _tied(app: Frame, *, confirmed: bool) -> Desk:
    """Let the first judge declare a tie to the first entry, and perhaps let the office confirm it."""
    at = await desk(app, each=1)
    await at.declare(0, "Fjordvarme ApS")
    if confirmed:
        (one,) = await at.conflicts()
        said = {"decision": "confirmed", "reason": REASON}
        await at.secretary.post(f"{at.api}/{one['id']}/decision", json=said)
    return at


@pytest.mark.parametrize("confirmed", [True, False])
async def test_the_api_assigns_no_tied_pair(app: Frame, http: httpx.AsyncClient, *, confirmed: bool) -> None:
    at = await _tied(app, confirmed=confirmed)
    address = f"{at.api.removesuffix('conflicts')}assignments"
    wish = {"judges": [str(at.judge(0))], "reason": "We need one."}
    refused = await at.secretary.put(f"{address}/{at.entry(0)}", json=wish)
    assert refused.status_code == 422
    assert {error["code"] for error in refused.json()["errors"]} == {"conflict"}
    assert (await at.secretary.put(f"{address}/{at.entry(1)}", json=wish)).status_code in {200, 204}
    assert await value("SELECT count(*) FROM assignment WHERE removed_at IS NULL") == 1


async def test_a_judge_with_a_tie_reads_nothing_although_it_was_assigned(app: Frame, http: httpx.AsyncClient) -> None:
    at = await desk(app, each=1)
    await planting.assign(at.field.round, [(one.id, at.judge(0)) for one in at.field.entries], free=False)
    address = f"/judging/{at.field.slug}/{at.field.round}"
    assert (await at.judges[0].get(f"{address}/{at.entry(0)}")).status_code in {303, 404}
    await at.declare(0, "Fjordvarme ApS")
    assert (await at.judges[0].get(f"{address}/{at.entry(0)}")).status_code == 404
    assert "Secret title 1" in (await at.judges[0].get(f"{address}/{at.entry(1)}")).text
    assert "Secret title 0" not in (await at.judges[0].get(address)).text
