"""Mails to judges who have been given entries: one for each proposal and judge, and nothing of the entries in them."""

from app.awards.assigning import letters
from app.core.db import fetch
from app.core.mail import Mail
from app.core.signing import derived, seal
from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.assigning.desks import Desk, desk
from tests.awards.planting import Field
from tests.awards.scoring.desks import FULL, planted
from tests.awards.showing.worlds import SECRETS, STRANGE, become, plant
from tests.clock import NOW, Clock


async def promised() -> list[str]:
    """Return to whom mails are promised."""
    rows = await fetch(
        "SELECT j.pseudonym FROM job k JOIN judge j ON j.id = (k.payload ->> 'judge')::uuid WHERE k.name = $1"
        " ORDER BY 1",
        letters.TASK,
    )
    return [row["pseudonym"] for row in rows]


async def with_addresses(field: Field) -> None:
    for n, judge in enumerate(field.judges):
        sealed = seal(derived("accounts"), f"judge{n}@example.org".encode())
        await fetch("UPDATE account SET address = $2 WHERE id = $1", judge.account, sealed)
    await fetch("""UPDATE judge SET languages = '["en"]'""")


async def mail(field: Field, judge: int = 0) -> Mail | None:
    return await letters.written(round_id=field.round, judge=field.judges[judge].id, stamp="run", now=NOW)


async def test_one_mail_for_each_proposal_and_judge(app: Frame, clock: Clock, rollback: None) -> None:
    at = await desk(app, clock, entries_count=3, judges_count=3, least=2)
    run = await at.solved()
    assert await promised() == []
    assert (await at.take(run["id"])).is_success
    assert await promised() == ["J01", "J02", "J03"]
    again = await at.solved()
    await at.take(again["id"])
    assert await promised() == ["J01", "J02", "J03"], "a proposal that gives nobody anything new"


async def test_changes_by_hand_are_one_mail_a_day(app: Frame, clock: Clock, rollback: None) -> None:
    at: Desk = await desk(app, clock, entries_count=3, judges_count=3)
    for entry in range(2):
        assert (await at.put(entry, 0, 1, reason="By hand.")).is_success
    assert await promised() == ["J01", "J02"]
    clock.forward(days=1)
    assert (await at.put(2, 0, 2, reason="By hand.")).is_success
    assert await promised() == ["J01", "J01", "J02", "J03"]


async def test_mail_says_how_much_and_leads_to_the_declaration_first(rollback: None) -> None:
    field = await planting.field(entries_count=2, judges_count=1)
    await with_addresses(field)
    assert await mail(field) is None, "nothing is assigned"
    made = await planting.assign(field.round, [(e.id, field.judges[0].id) for e in field.entries], free=False)
    found = await mail(field)
    assert found is not None
    assert found.reference == f"award-assigned-{field.round}-{field.judges[0].id}-run"
    assert "2 entries still wait for you." in found.plain
    assert "http://test/judging/green-2026/declare" in found.plain
    await planting.declare_free(field.judges[0].id, *(entry.id for entry in field.entries))
    found = await mail(field)
    assert found is not None
    assert f"http://test/judging/green-2026/{field.round}" in found.plain
    for assignment in made.values():
        await planting.sheet(assignment, FULL)
    assert await mail(field) is None, "nothing is left"


async def test_nobody_is_written_to_after_the_round(rollback: None) -> None:
    where = await planted(judges_count=1)
    await with_addresses(where.field)
    assert await mail(where.field) is not None
    await planting.close_round(where.field.round)
    assert await mail(where.field) is None


async def test_mail_is_the_same_whoever_stands_behind_the_entries(rollback: None) -> None:
    field, files = await plant(blind=True)
    await with_addresses(field)
    first = await mail(field)
    await become(STRANGE, field, files)
    assert first is not None
    assert await mail(field) == first
    assert not [one for one in SECRETS if one in f"{first.subject}{first.plain}{first.html}".encode()]
