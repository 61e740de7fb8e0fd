"""Who judges what, worked out by the worker: asked, proposed with a certificate, taken or discarded."""

import asyncio
import subprocess
import sys
from collections import Counter
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from app.awards.assigning import child, standing
from app.awards.assigning.asked import Asked
from app.awards.assigning.child import ChildFailed, Question
from app.core import jobs
from app.core.db import fetch, fetch_one, transaction
from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.assigning import desks
from tests.awards.assigning.desks import desk
from tests.clock import Clock
from tests.conftest import client

pytestmark = pytest.mark.usefixtures("rollback")


async def test_a_proposal_is_worked_out_shown_with_its_proof_and_taken(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock, entries_count=6, judges_count=4, most=4)
    run = await at.solved()
    assert run["state"] == "solved"
    assert run["optimal"] is True
    assert run["certificate"]["loads"] == [2, 4]
    assert "It is proven that no assignment is better." in run["words"]
    assert await at.panels() == {str(at.entry(n)): set() for n in range(6)}
    assert (await at.take(run["id"])).json()["state"] == "taken"
    panels = await at.panels()
    assert panels == {panel["entry"]: set(panel["judges"]) for panel in run["panels"]}
    assert {len(panel) for panel in panels.values()} == {2}
    assert max(Counter(judge for panel in panels.values() for judge in panel).values()) <= 4
    mine = await standing.of_judge(at.judge(0), at.field.round)
    assert mine == [one.id for one in at.field.entries if str(at.judge(0)) in panels[str(one.id)]]
    by_entry = await standing.of_round(at.field.round)
    assert {str(entry): {str(judge) for judge in panel} for entry, panel in by_entry.items()} == panels
    actions = await fetch(
        "SELECT action FROM audit_entry WHERE subject = $1 ORDER BY position", _subject(at.field.round)
    )
    assert [row["action"] for row in actions] == ["assignment.ask", "assignment.take"]


def _subject(round_id: UUID) -> str:
    return f"round:{round_id}"


async def test_language_and_topics_decide_who_suits(app: Frame, clock: Clock) -> None:
    award = await planting.award()
    group = await planting.category(award)
    round_id = await planting.round_(group, await planting.rubric(award), each=1, method="pass_fail", most=1)
    reads = [("ja", "energy"), ("en", "energy"), ("en", "water")]
    judges = [await planting.judge(award, languages=[tag], topics=[topic], token=False) for tag, topic in reads]
    await planting.seats(round_id, judges)
    said = [planting.body(f"E{n}", language=tag, topics=(topic,)) for n, (tag, topic) in enumerate(reversed(reads))]
    entries = await planting.entries(group, said)
    await planting.open_round(round_id)
    field = planting.Field(award, "green-2026", group, round_id, uuid4(), tuple(judges), tuple(entries))
    at = desks.Desk(field, client(app, await planting.secretary(award)), clock)
    run = await at.solved()
    assert run["certificate"]["weakest"] == 1.0
    await at.take(run["id"])
    assert await at.panels() == {str(at.entry(n)): {str(at.judge(2 - n))} for n in range(3)}


async def test_neither_recused_nor_undecided_pairs_are_ever_proposed(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock, entries_count=3, judges_count=4)
    await planting.recuse(at.judge(0), at.entry(0))
    await fetch(
        "INSERT INTO conflict (id, judge, entry, source, tie, state, sealed, found_at, reason)"
        " VALUES (gen_random_uuid(), $1, $2, 'detected', 'city', 'proposed', '', $3, '')",
        at.judge(1),
        at.entry(0),
        clock(),
    )
    run = await at.solved()
    panels = {panel["entry"]: set(panel["judges"]) for panel in run["panels"]}
    assert panels[str(at.entry(0))] == {str(at.judge(2)), str(at.judge(3))}


async def test_what_cannot_be_done_names_the_clash_and_what_would_help(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock, entries_count=3, judges_count=3)
    for n in (0, 1):
        await planting.recuse(at.judge(n), at.entry(1))
    run = await at.solved()
    assert run["state"] == "impossible"
    assert run["words"] == [
        "This entry has fewer than 2 judges without a conflict: 2.",
        "Add judges to the panel who have no tie to them.",
    ]
    shown = await at.http.get(f"{at.page}/runs/{run['id']}")
    assert "fewer than 2 judges without a conflict: 2." in shown.text
    assert (await at.take(run["id"])).json()["type"].endswith("/problems/proposal-decided")


async def test_too_little_room_is_told_with_the_judges_who_are_full(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock, entries_count=4, judges_count=3, most=2)
    run = await at.solved()
    assert run["words"] == [
        "These entries need 2 judges each: 1, 2, 3, 4.",
        "Without conflicts they have no others than these, who may have 2 entries each: J01, J02, J03.",
        "Add judges to the panel.",
    ]


async def test_entries_that_conflicts_keep_apart_are_told(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock, entries_count=3, judges_count=4)
    for judge, entry in ((0, 0), (1, 0), (2, 1), (3, 1), (2, 2), (3, 2)):
        await planting.recuse(at.judge(judge), at.entry(entry))
    words = (await at.solved())["words"]
    assert words[0] == "Conflicts keep these entries apart from all others, so that no judge can join them: 1."


async def test_a_proposal_that_things_have_overtaken_is_not_taken(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock, entries_count=3, judges_count=4)
    run = await at.solved()
    entry = run["panels"][0]
    await planting.recuse(UUID(entry["judges"][0]), UUID(entry["entry"]))
    refused = await at.take(run["id"])
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("/problems/proposal-outdated")
    assert await desks.standing(at.field.round) == set()


async def test_asking_twice_waits_on_and_another_question_discards_the_first(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock)
    first, again = [(await at.http.post(f"{at.api}:solve", json={})).json()["id"] for _ in range(2)]
    assert first == again
    await planting.recuse(at.judge(0), at.entry(0))
    clock.forward(seconds=1)
    other = (await at.http.post(f"{at.api}:solve", json={})).json()["id"]
    assert (await at.http.get(f"{at.api}/runs/{first}")).json()["state"] == "discarded"
    await jobs.drain(clock)
    assert (await at.http.get(f"{at.api}/runs/{first}")).json()["state"] == "discarded"
    assert (await at.http.get(f"{at.api}/runs/{other}")).json()["state"] == "solved"


async def test_a_discarded_proposal_changes_nothing(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock)
    run = await at.solved()
    assert (await at.http.delete(f"{at.api}/runs/{run['id']}")).status_code == 204
    assert (await at.take(run["id"])).status_code == 409
    assert await desks.standing(at.field.round) == set()


async def test_gaps_are_filled_and_what_stands_stays(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock, entries_count=4, judges_count=5)
    await at.take((await at.solved())["id"])
    before = await desks.standing(at.field.round)
    gone = min(before)
    await planting.recuse(gone[1], gone[0])
    run = await at.solved(keep="standing")
    await at.take(run["id"])
    after = await desks.standing(at.field.round)
    assert before - {gone} < after
    assert len(after) == len(before)
    assert gone not in after


async def test_what_judges_have_begun_stays_when_all_else_is_new(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock, entries_count=4, judges_count=4)
    given = {(at.entry(0), at.judge(0)), (at.entry(0), at.judge(1)), (at.entry(1), at.judge(0))}
    made = await planting.assign(at.field.round, given)
    await planting.sheet(made[at.entry(0), at.judge(0)], {"impact": 3}, submitted=False)
    await at.take((await at.solved(keep="begun"))["id"])
    assert (at.entry(0), at.judge(0)) in await desks.standing(at.field.round)


async def test_a_judge_who_leaves_keeps_what_was_submitted_and_others_take_the_rest(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock, entries_count=4, judges_count=4)
    made = await planting.assign(at.field.round, [(at.entry(n), at.judge(j)) for n in range(4) for j in (0, 1 + n % 3)])
    await planting.sheet(made[at.entry(0), at.judge(0)], {"impact": 3, "design": 3, "scaling": 3})
    await planting.sheet(made[at.entry(1), at.judge(0)], {"impact": 3}, submitted=False)
    run = await at.solved(keep="standing", leaving=str(at.judge(0)))
    await at.take(run["id"])
    after = await desks.standing(at.field.round)
    assert {entry for entry, judge in after if judge == at.judge(0)} == {at.entry(0)}
    assert Counter(entry for entry, _ in after) == Counter({at.entry(n): 2 for n in range(4)})


async def test_somebody_who_does_not_sit_cannot_leave(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock)
    answer = await at.http.post(f"{at.api}:solve", json={"keep": "standing", "leaving": str(uuid4())})
    assert answer.status_code == 404


async def test_a_closed_round_stays_as_it_is(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock)
    run = await at.solved()
    await planting.close_round(at.field.round)
    for answer in (await at.take(run["id"]), await at.http.post(f"{at.api}:solve", json={}), await at.put(0, 0, 1)):
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/problems/assigning-over")


async def test_without_entries_or_judges_there_is_nothing_to_assign(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock, judges_count=0)
    answer = await at.http.post(f"{at.api}:solve", json={})
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/problems/nothing-to-assign")


async def test_others_find_nothing(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock)
    run = (await at.solved())["id"]
    stranger = client(app, await planting.secretary(await planting.award("other-2026")))
    for path in (at.api, at.page, f"{at.api}/runs/{run}", f"{at.page}/runs/{run}", f"{at.page}/entries/{at.entry(0)}"):
        assert (await stranger.get(path)).status_code == 404
    assert (await stranger.post(f"{at.api}:solve", json={})).status_code == 404
    other = at.api.replace(at.field.slug, "other-2026")
    both = client(app, await planting.secretary(at.field.award, role="officer"))
    assert ((await both.get(at.api)).status_code, (await both.get(other)).status_code) == (200, 404)
    assert (await stranger.post(f"{at.api}/runs/{run}/take")).status_code == 404


async def test_database_refuses_a_recused_pair_whoever_writes_it(app: Frame, clock: Clock) -> None:
    at = await desk(app, clock)
    await planting.recuse(at.judge(0), at.entry(0))
    sql = (
        "INSERT INTO assignment (id, round, entry, judge, source, made_at)"
        " VALUES (gen_random_uuid(), $1, $2, $3, 'manual', $4)"
    )
    with pytest.raises(asyncpg.CheckViolationError, match="recused"):
        async with transaction():
            await fetch(sql, at.field.round, at.entry(0), at.judge(0), clock())


def question(seconds: float = 5.0) -> Question:
    return Question(
        Asked(
            entries=("a", "b"), judges=("J", "K"), each=2, loads=(0, 2), forbidden=(), fixed=(),
            fit=((100, 0), (50, 50)), spared=(), connected=True, keep="begun",
        ),
        seconds,
    )  # fmt: skip


async def test_the_optimisation_runs_in_a_process_of_its_own_and_stops_nobody() -> None:
    working, ticks = asyncio.create_task(child.in_child(question())), 0
    while not working.done():
        await asyncio.sleep(0.01)
        ticks += 1
    answer = await working
    assert answer.panels == {"a": ["J", "K"], "b": ["J", "K"]}
    assert ticks >= 5


async def test_a_child_that_breaks_is_no_answer() -> None:
    with pytest.raises(ChildFailed):
        await child.in_child(Question(msgspec.structs.replace(question().asked, fit=()), 5.0))


def test_the_process_of_the_optimisation_needs_neither_database_nor_settings() -> None:
    code = (
        "import sys, app.awards.assigning.child; print(sorted({'asyncpg', 'piccolo', 'litestar'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


async def test_time_that_runs_out_is_kept_as_such(app: Frame, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.awards.assigning.solving.SECONDS", 0.0)
    at = await desk(app, clock)
    run = await at.solved()
    assert run["state"] == "late"
    assert run["panels"] == []
    assert "Time ran out" in (await at.http.get(f"{at.page}/runs/{run['id']}")).text
    row = await fetch_one("SELECT count(*) FROM job WHERE done_at IS NULL AND name = 'awards.solve_assignment'")
    assert row is not None
    assert row[0] == 0
