"""Ties that names tell of: proposed, sealed, forgotten when the names do not meet any more, never decided again."""

import httpx

from app.awards import reach
from app.awards.conflicts import detecting, recusals
from app.awards.conflicts.promises import parties_changed
from app.awards.schemas import JudgeProfile
from app.core import jobs
from app.core.db import fetch
from app.core.web.frame import Frame
from tests.awards.conflicts.desks import Desk, desk
from tests.clock import NOW, Clock

CITY = JudgeProfile(cities=("Yokohama",))
RIVAL = JudgeProfile(names=("Person 1 of entry 3",), former=("緑湾エナジー",))
QUIET = JudgeProfile(names=("Nobody Known",), organisations=("Unrelated Works",))


async def _found(at: Desk, clock: Clock) -> set[tuple[str, int, str]]:
    """Compare everything, and return (judge, number of the entry, tie) of what is proposed."""
    assert (await at.secretary.post(f"{at.api}:detect")).status_code == 202
    await jobs.drain(clock)
    return {(one["pseudonym"], one["number"], one["tie"]) for one in await at.conflicts()}


async def test_names_that_meet_are_proposed_and_forbidden(app: Frame, http: httpx.AsyncClient, clock: Clock) -> None:
    at = await desk(app, profiles=(CITY, RIVAL, QUIET))
    expected = {("J01", 2, "city"), ("J02", 3, "person"), ("J02", 1, "former_employer")}
    assert await _found(at, clock) == expected
    assert await _found(at, clock) == expected
    assert await recusals.forbidden(await reach.any_round(at.field.round)) == {
        (at.entry(1), at.judge(0)),
        (at.entry(2), at.judge(1)),
        (at.entry(0), at.judge(1)),
    }


async def test_what_met_is_sealed_and_shown_when_opened(app: Frame, http: httpx.AsyncClient, clock: Clock) -> None:
    at = await desk(app, profiles=(CITY,))
    await _found(at, clock)
    (one,) = await at.conflicts()
    assert (one["source"], one["score"]) == ("detected", 1.0)
    (row,) = await fetch("SELECT sealed FROM conflict")
    assert "横浜".encode() not in row["sealed"]
    opened = (await at.secretary.get(f"{at.api}/{one['id']}")).json()
    assert opened["evidence"] == {"judge": "Yokohama", "party": "横浜市"}


async def test_a_tie_is_forgotten_when_the_names_do_not_meet_any_more(
    app: Frame, http: httpx.AsyncClient, clock: Clock
) -> None:
    at = await desk(app, profiles=(CITY,))
    await _found(at, clock)
    await fetch("UPDATE entry_member SET organisation = '川崎市' WHERE organisation = '横浜市'")
    await parties_changed(entry=at.entry(1), now=NOW)
    await jobs.drain(clock)
    assert await at.conflicts() == []


async def test_a_dismissed_tie_comes_back_only_when_it_rests_on_other_names(
    app: Frame, http: httpx.AsyncClient, clock: Clock
) -> None:
    at = await desk(app, profiles=(CITY,))
    await _found(at, clock)
    (one,) = await at.conflicts()
    said = {"decision": "dismissed", "reason": "A namesake."}
    await at.secretary.post(f"{at.api}/{one['id']}/decision", json=said)
    await _found(at, clock)
    assert [one["state"] for one in await at.conflicts()] == ["dismissed"]
    await fetch("UPDATE entry_member SET organisation = '横浜市役所' WHERE organisation = '横浜市'")
    await _found(at, clock)
    assert [(one["state"], one["reason"]) for one in await at.conflicts()] == [("proposed", "")]


async def test_a_recused_pair_is_not_proposed_again(app: Frame, http: httpx.AsyncClient, clock: Clock) -> None:
    at = await desk(app, profiles=(CITY,))
    said = {"judge": str(at.judge(0)), "entry": str(at.entry(1)), "tie": "other", "reason": "Known."}
    await at.secretary.post(at.api, json=said)
    assert await _found(at, clock) == {("J01", 2, "other")}


async def test_a_judge_is_compared_when_the_profile_changes(app: Frame, http: httpx.AsyncClient, clock: Clock) -> None:
    at = await desk(app, profiles=(QUIET,))
    await fetch("DELETE FROM job")
    assert await detecting.detect(judge=at.judge(0), now=NOW) == 0
    from app.awards.setting.edits import ProfileEdit
    from app.awards.setting.judges import save_profile
    from app.people.roles import Principal

    award = await reach.any_award("green-2026")
    wish = ProfileEdit(cities=("横浜市",))
    await save_profile(award=award, judge=at.judge(0), principal=Principal("secretary"), wish=wish, now=NOW)
    await jobs.drain(clock)
    assert [(one["number"], one["tie"]) for one in await at.conflicts()] == [(2, "city")]


async def test_the_name_of_the_account_is_compared_too(app: Frame, http: httpx.AsyncClient) -> None:
    at = await desk(app, profiles=(JudgeProfile(),))
    await fetch("UPDATE account SET label = 'Person 2 of entry 1' WHERE id = $1", at.field.judges[0].account)
    await detecting.detect(entry=at.entry(0), now=NOW)
    assert [(one["number"], one["tie"]) for one in await at.conflicts()] == [(1, "person")]
