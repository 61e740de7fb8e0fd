"""Two people release a result; before that nothing of it is anywhere, and then everything is."""

from email.message import EmailMessage
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from app.awards.entering import entries
from app.awards.reach import any_round
from app.awards.releasing import release
from app.awards.releasing.errors import (
    AlreadyProposed,
    NothingDecided,
    OtherPersonNeeded,
    ProposalOvertaken,
    RoundRunning,
)
from app.core import audit, jobs
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import NotFound
from app.core.web.frame import Frame
from app.people import access
from app.people.roles import Principal, Scope
from app.people.waiting import todos
from tests.awards import planting
from tests.awards.planting import Field
from tests.awards.releasing.finished import HTML, LATER, api, decide, decided, desk, judged, page, released, runner
from tests.clock import NOW, Clock
from tests.doors import all_at_once, value
from tests.ticketing.conftest import Mailbox, mailbox  # noqa: F401

MINUTES = "round, held_at, present, decision, minutes, account, written_at"


def places(planted: Field) -> list[str]:
    """Return every address at which something of a result could show."""
    first = planted.entries[0]
    return [
        api(planted, "results"),
        api(planted, "bundle"),
        api(planted, "bundle.sha256"),
        api(planted, "recompute.py"),
        f"/yokohama-2026/awards/{planted.slug}/results",
        entries.address(first.id, first.members[0], "result"),
    ]


async def statuses(http: httpx.AsyncClient, planted: Field) -> list[int]:
    return [(await http.get(place, headers=HTML)).status_code for place in places(planted)]


def plain(message: EmailMessage) -> str:
    """Return the words of a mail."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def test_release_by_two_through_the_console(app: Frame, http: httpx.AsyncClient, clock: Clock) -> None:
    planted = await decided(entries_count=4, judges_count=3)
    async with desk(app, planted.award) as one, desk(app, planted.award, "officer") as other:
        shown = await one.get(page(planted))
        assert "Propose this result" in shown.text
        first = planted.entries[0].id
        answer = await one.post(page(planted), **{f"words.{first}.en": "Heat <b>for</b> everybody."})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{page(planted)}?done=proposed")
        assert await statuses(http, planted) == [404] * 6
        proposal = await release.standing(planted.round)
        assert proposal is not None
        assert "somebody else has to approve" in (await one.get(page(planted))).text
        refused = await one.post(page(planted, "approve"), release=proposal.id)
        assert (refused.status_code, "Somebody else has to approve" in refused.text) == (409, True)
        assert await statuses(http, planted) == [404] * 6
        asked = await other.get(page(planted, "approve"))
        assert proposal.digest.hex() in asked.text
        answer = await other.post(page(planted, "approve"), release=proposal.id)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{page(planted)}?done=released")
        assert "This result is released" in (await one.get(page(planted))).text
    assert await statuses(http, planted) == [200] * 6
    shown = await http.get(f"/yokohama-2026/awards/{planted.slug}/results", headers=HTML)
    assert "Heat &lt;b&gt;for&lt;/b&gt; everybody." in shown.text
    assert "Entry 1" in shown.text
    assert await value("SELECT state FROM award_round WHERE id = $1", planted.round) == "released"
    rows = await fetch("SELECT action FROM audit_entry WHERE subject = $1 ORDER BY position", f"award:{planted.award}")
    assert [row["action"] for row in rows] == ["award_release.propose", "award_release.approve"]
    assert (await audit.verify()).broken == 0


@pytest.mark.usefixtures("http")
async def test_nobody_approves_his_own_proposal_under_another_account() -> None:
    planted = await decided()
    found = await any_round(planted.round)
    mail = "a.sato@example.org"
    secretary = await access.add_account(role="secretary", label="Sato", now=NOW, email=mail)
    officer = await access.add_account(role="officer", label="Sato", now=NOW, email=mail)
    made = await release.propose(found=found, principal=Principal(role="secretary", account=secretary), now=LATER)
    for principal in (Principal(role="secretary", account=secretary), Principal(role="officer", account=officer)):
        with pytest.raises(OtherPersonNeeded):
            await release.approve(found=found, release=made, principal=principal, now=LATER)
    assert await value("SELECT count(*) FROM award_release WHERE approved_at IS NOT NULL") == 0


@pytest.mark.usefixtures("http")
async def test_database_refuses_one_person_alone() -> None:
    planted = await decided()
    one = await runner(planted.award)
    await release.propose(found=await any_round(planted.round), principal=one, now=LATER)
    with pytest.raises(asyncpg.CheckViolationError, match="award_release_by_two"):
        async with transaction():
            await fetch("UPDATE award_release SET approved_by = proposed_by, approved_at = $1", LATER)


@pytest.mark.usefixtures("http")
async def test_judge_releases_nothing() -> None:
    planted = await decided()
    found, judge = await any_round(planted.round), Principal(role="judge", account=planted.judges[0].account)
    with pytest.raises(NotFound):
        await release.propose(found=found, principal=judge, now=LATER)
    made = await release.propose(found=found, principal=await runner(planted.award), now=LATER)
    with pytest.raises(NotFound):
        await release.approve(found=found, release=made, principal=judge, now=LATER)


@pytest.mark.usefixtures("http")
async def test_nothing_is_proposed_before_its_time() -> None:
    planted = await judged(vote_opens_at=NOW, vote_closes_at=NOW + planting.DAY)
    found, one = await any_round(planted.round), await runner(planted.award)
    with pytest.raises(RoundRunning):
        await release.propose(found=found, principal=one, now=LATER)
    await planting.close_round(planted.round)
    with pytest.raises(NothingDecided):
        await release.propose(found=found, principal=one, now=LATER)
    await decide(planted)
    with pytest.raises(RoundRunning):
        await release.propose(found=found, principal=one, now=NOW + planting.DAY - planting.DAY / 86_400_000)
    await release.propose(found=found, principal=one, now=NOW + planting.DAY)
    with pytest.raises(AlreadyProposed):
        await release.propose(found=found, principal=one, now=LATER)


@pytest.mark.usefixtures("http")
async def test_new_minutes_overtake_a_proposal() -> None:
    planted = await decided()
    found, one, other = await any_round(planted.round), await runner(planted.award), await runner(planted.award)
    made = await release.propose(found=found, principal=one, now=LATER)
    await decide(planted, [2, 1, 3, 4])
    with pytest.raises(ProposalOvertaken):
        await release.approve(found=found, release=made, principal=other, now=LATER)
    await release.withdraw(found=found, release=made, principal=other, now=LATER)
    again = await release.propose(found=found, principal=one, now=LATER)
    await release.approve(found=found, release=again, principal=other, now=LATER)
    proposal = await release.standing(planted.round)
    assert proposal is not None
    assert [line.number for line in proposal.result.winners] == [2, 1, 3]


@pytest.mark.usefixtures("http")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sheet SET values = jsonb_set(values, '{impact}', '5') WHERE values->>'impact' <> '5'",
        "UPDATE sheet SET abstained = true WHERE assignment = (SELECT assignment FROM sheet LIMIT 1)",
        "UPDATE award_entry SET state = 'withdrawn' WHERE number = 4",
        "UPDATE assignment SET removed_at = now() WHERE id = (SELECT assignment FROM sheet LIMIT 1)",
    ],
)
async def test_whatever_a_result_rests_on_overtakes_it(change: str) -> None:
    planted = await decided([1, 2, 3])
    found, one, other = await any_round(planted.round), await runner(planted.award), await runner(planted.award)
    made = await release.propose(found=found, principal=one, now=LATER)
    await fetch(change)
    with pytest.raises(ProposalOvertaken):
        await release.approve(found=found, release=made, principal=other, now=LATER)
    assert await value("SELECT state FROM award_round WHERE id = $1", planted.round) == "closed"
    assert await value("SELECT count(*) FROM job WHERE name = 'awards.send_result'") == 0


@pytest.mark.usefixtures("http")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE award_release SET bundle = 'x'",
        "UPDATE award_release SET result = '{}'",
        "UPDATE award_release SET withdrawn_at = now()",
        "UPDATE award_release SET approved_by = NULL, approved_at = NULL",
        "DELETE FROM award_release",
        f"INSERT INTO deliberation ({MINUTES}) SELECT {MINUTES} FROM deliberation LIMIT 1",
    ],
)
async def test_what_is_released_stays(statement: str) -> None:
    await released(await decided())
    with pytest.raises((asyncpg.CheckViolationError, asyncpg.RestrictViolationError)):
        async with transaction():
            await fetch(statement)


@pytest.mark.usefixtures("http")
async def test_withdrawn_proposal_is_gone_and_stays_in_the_log(app: Frame) -> None:
    planted = await decided()
    async with desk(app, planted.award) as one:
        await one.post(page(planted))
        proposal = await release.standing(planted.round)
        assert proposal is not None
        answer = await one.post(page(planted, "withdraw"), release=proposal.id)
        assert answer.headers["location"] == f"{page(planted)}?done=withdrawn"
        assert await release.standing(planted.round) is None
        gone = await one.post(page(planted, "withdraw"), release=proposal.id)
        assert (gone.status_code, "make a new one" in gone.text) == (409, True)
    with pytest.raises(ProposalOvertaken):
        await release.approve(
            found=await any_round(planted.round), release=proposal.id, principal=await runner(planted.award), now=LATER
        )
    rows = await fetch("SELECT action FROM audit_entry WHERE subject = $1 ORDER BY position", f"award:{planted.award}")
    assert [row["action"] for row in rows] == ["award_release.propose", "award_release.withdraw"]


async def test_secretary_of_another_award_finds_nothing(app: Frame, http: httpx.AsyncClient) -> None:
    planted = await decided()
    other = await planting.award("other-2026")
    async with desk(app, other) as stranger:
        for answer in (
            await stranger.get(page(planted)),
            await stranger.post(page(planted)),
            await stranger.get(page(planted, "approve")),
            await stranger.post(page(planted, "approve"), release=uuid4()),
            await stranger.post(page(planted, "withdraw"), release=uuid4()),
            await stranger.get(f"/awards/other-2026/rounds/{planted.round}/release"),
        ):
            assert answer.status_code == 404
    assert await release.standing(planted.round) is None


@pytest.mark.committed
@pytest.mark.usefixtures("committed")
async def test_two_who_approve_at_once_release_once(app: Frame) -> None:
    planted = await decided()
    found = await any_round(planted.round)
    made = await release.propose(found=found, principal=await runner(planted.award), now=LATER)
    others = [await runner(planted.award, "officer") for _ in range(2)]
    works = [release.approve(found=found, release=made, principal=one, now=LATER) for one in others]
    assert await all_at_once("award_round", works) == ["NoneType", "ProposalOvertaken"]
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'award_release.approve'") == 1


@pytest.mark.usefixtures("http")
async def test_every_applicant_gets_one_mail_in_his_language(clock: Clock, mailbox: Mailbox) -> None:  # noqa: F811
    planted = await decided([1, 2], entries_count=2, best=1)
    await fetch("UPDATE entry_member SET language = 'ja' WHERE position = 2")
    await released(planted)
    clock.moment = LATER
    await jobs.drain(clock)
    mails = {str(m["to"]).partition("<")[2][:5]: m for m in mailbox()}
    assert sorted(mails) == ["p1.e1", "p1.e2", "p2.e1", "p2.e2"]
    won, lost = plain(mails["p1.e1"]), plain(mails["p1.e2"])
    assert "Your entry has won: place 1 among 2." in won
    assert "Your entry is not among the winners this time." in lost
    assert "Well done, number 1: comment" in won
    assert "Well done, number 2: comment" in lost
    assert "number 2" not in won
    for name, mail in mails.items():
        text = plain(mail)
        assert mail["content-language"] == ("ja" if name.startswith("p2") else "en")
        assert not any(secret in text for secret in ("secret of", "J01", "J02", "J03", "Tanaka"))
    await jobs.drain(clock)
    assert len(mailbox()) == 4


async def test_feedback_shows_comments_and_no_judge(http: httpx.AsyncClient) -> None:
    planted = await decided([1, 2], entries_count=2, best=1)
    await released(planted)
    for n, words in enumerate(("Your entry has won: place 1 among 2.", "Your entry is not among the winners")):
        entry = planted.entries[n]
        shown = await http.get(entries.address(entry.id, entry.members[1], "result"), headers=HTML)
        assert shown.status_code == 200
        assert words in shown.text
        assert f"Well done, number {n + 1}: comment" in shown.text
        assert f"Well done, number {2 - n}: comment" not in shown.text
        assert not any(secret in shown.text for secret in ("secret of", "J01", "J02", "J03", "Judge 1", "Tanaka"))
    strange = await http.get(
        entries.address(planted.entries[0].id, planted.entries[1].members[0], "result"), headers=HTML
    )
    assert strange.status_code == 404


async def test_round_before_another_tells_applicants_and_nobody_else(http: httpx.AsyncClient) -> None:
    planted = await judged(entries_count=4, carry="best", carry_count=2)
    second = await planting.round_(planted.category, planted.rubric, position=2, kind="final")
    await decide(planted)
    await released(planted)
    assert await statuses(http, planted) == [404] * 5 + [200]
    for n, words in enumerate(["goes on into the next round"] * 2 + ["does not go on into the next round"] * 2):
        entry = planted.entries[n]
        shown = await http.get(entries.address(entry.id, entry.members[0], "result"), headers=HTML)
        assert words in shown.text
    final = Field(
        **{
            **{name: getattr(planted, name) for name in Field.__struct_fields__},
            "round": second,
            "entries": planted.entries[:2],
        }
    )
    await planting.open_round(second)
    await decide(final, [2, 1])
    await released(final)
    assert await statuses(http, planted) == [200] * 6
    shown = await http.get(f"/yokohama-2026/awards/{planted.slug}/results", headers=HTML)
    assert "Entry 2" in shown.text
    assert "Entry 3" not in shown.text
    found = (await http.get(api(final, "results"))).json()
    assert [(line["number"], line["place"]) for line in found["winners"]] == [(2, 1), (1, 2)]
    assert found["entries"] == 2


async def test_result_as_json_is_what_was_proposed(http: httpx.AsyncClient) -> None:
    planted = await decided([1, 1, 3, 4], best=1)
    await released(planted)
    answer = await http.get(api(planted, "results"))
    found = answer.json()
    assert [(line["number"], line["place"]) for line in found["winners"]] == [(1, 1), (2, 1)]
    assert [m["organisation"] for m in found["winners"][0]["members"]] == ["Minato Heat K.K.", "Fjordvarme ApS"]
    assert found["released_at"] == "2026-12-01T01:00:00Z"
    again = await http.get(api(planted, "results"), headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_unpublished_award_shows_no_result(http: httpx.AsyncClient) -> None:
    planted = await decided()
    await released(planted)
    await fetch("UPDATE award SET published_at = NULL WHERE id = $1", planted.award)
    assert await statuses(http, planted) == [404] * 5 + [200]
    assert (await http.get(api(planted, "results").replace(str(planted.round), str(UUID(int=7))))).status_code == 404


@pytest.mark.usefixtures("http")
async def test_failed_approval_leaves_nothing_behind() -> None:
    planted = await decided()
    found = await any_round(planted.round)
    made = await release.propose(found=found, principal=await runner(planted.award), now=LATER)
    await fetch("ALTER TABLE job ADD CONSTRAINT no_result CHECK (name <> 'awards.send_result')")
    with pytest.raises(asyncpg.CheckViolationError):
        await release.approve(found=found, release=made, principal=await runner(planted.award), now=LATER)
    row = await fetch_one("SELECT approved_at FROM award_release WHERE id = $1", made)
    assert row is not None
    assert row["approved_at"] is None
    assert await value("SELECT state FROM award_round WHERE id = $1", planted.round) == "closed"
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'award_release.approve'") == 0


@pytest.mark.usefixtures("http")
async def test_whoever_may_approve_is_told_and_nobody_else() -> None:
    planted = await decided()
    one, other = await runner(planted.award), await runner(planted.award)
    officer, judge = await runner(planted.award, "officer"), Principal(role="judge", account=planted.judges[0].account)
    stranger = Principal(role="secretary", account=uuid4(), scope=Scope(awards=(uuid4(),)))
    made = await release.propose(found=await any_round(planted.round), principal=one, now=LATER)
    for principal, told in ((one, 0), (judge, 0), (stranger, 0), (other, 1), (officer, 1)):
        assert len([todo for todo in await todos(principal, LATER) if todo.address == page(planted)]) == told
    await release.approve(found=await any_round(planted.round), release=made, principal=officer, now=LATER)
    assert [todo for todo in await todos(other, LATER) if todo.address == page(planted)] == []
