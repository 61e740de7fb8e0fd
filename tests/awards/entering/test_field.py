"""Which entries are in a round: handed in, not withdrawn, let through by the round before."""

from uuid import UUID

import msgspec
import pytest

from app.awards import reach
from app.awards.entering import field
from app.core.db import fetch
from tests.awards import planting
from tests.clock import NOW
from tests.doors import value


async def numbers(round_id: UUID) -> list[int]:
    return [one.number for one in await field.in_round(await reach.any_round(round_id))]


async def test_only_what_is_handed_in_is_in_the_first_round(rollback: None) -> None:
    category = await planting.category(await planting.award())
    round_id = await planting.round_(category)
    for state in ("submitted", "draft", "withdrawn", "submitted"):
        await planting.entry(category, state=state)
    await planting.open_round(round_id)
    assert await numbers(round_id) == [1, 4]
    await fetch("UPDATE award_entry SET state = 'withdrawn' WHERE number = 4")
    assert await numbers(round_id) == [1]


async def test_an_entry_is_known_by_its_pinned_version(rollback: None) -> None:
    category = await planting.category(await planting.award())
    round_id = await planting.round_(category)
    said = planting.body("海の電池", language="ja", topics=("water",))
    entry = await planting.entry(category, said)
    await planting.open_round(round_id)
    (found,) = await field.in_round(await reach.any_round(round_id))
    assert found == field.FieldEntry(
        id=entry.id,
        number=1,
        version=entry.version or UUID(int=0),
        digest=entry.digest,
        title={"ja": "海の電池"},
        languages=("ja",),
        topics=("water",),
    )


async def test_nothing_of_a_draft_shows_in_a_round(rollback: None) -> None:
    category = await planting.category(await planting.award())
    round_id = await planting.round_(category)
    await planting.entry(category)
    await planting.open_round(round_id)
    secret = {"texts": {"title": {"en": {"text": "Changed since"}}}}
    await fetch("UPDATE award_entry SET draft = $1", msgspec.json.encode(secret).decode())
    (found,) = await field.in_round(await reach.any_round(round_id))
    assert found.title == {"en": "A river that heats the town"}


async def test_without_a_released_result_nobody_goes_on(rollback: None) -> None:
    category = await planting.category(await planting.award())
    first, second = await planting.round_(category), await planting.round_(category, position=2, kind="final")
    await planting.entry(category)
    await planting.open_round(first)
    await planting.close_round(first)
    assert await numbers(first) == [1]
    assert await numbers(second) == []


async def test_another_category_is_another_field(rollback: None) -> None:
    award = await planting.award()
    one, other = await planting.category(award), await planting.category(award, "students")
    round_id = await planting.round_(one)
    await planting.entry(other)
    await planting.open_round(round_id)
    assert await numbers(round_id) == []


async def test_screening_of_another_round_lets_nobody_through(rollback: None) -> None:
    category = await planting.category(await planting.award())
    first = await planting.round_(category, kind="eligibility", method="pass_fail")
    second = await planting.round_(category, position=2, kind="eligibility", method="pass_fail")
    third = await planting.round_(category, position=3)
    entry = await planting.entry(category)
    await planting.open_round(first)
    for round_id, expected in ((second, []), (first, [1])):
        await screened(entry.id, round_id)
        assert await numbers(third) == expected


async def screened(entry: UUID, round_id: UUID) -> None:
    """Let an entry pass."""
    judge = await planting.judge(UUID(str(await value("SELECT id FROM award"))))
    await fetch(
        "INSERT INTO screening (entry, round, outcome, reason, account, decided_at)"
        " VALUES ($1, $2, 'passed', '', $3, $4)",
        entry,
        round_id,
        judge.account,
        NOW,
    )


async def test_pinning_takes_the_latest_version_and_only_once(rollback: None) -> None:
    category = await planting.category(await planting.award())
    round_id = await planting.round_(category)
    entry = await planting.entry(category)
    draft = await planting.entry(category, state="draft")
    found = await reach.any_round(round_id)
    await field.pin(found)
    assert await value("SELECT pinned FROM award_entry WHERE id = $1", entry.id) == entry.version
    assert await value("SELECT pinned FROM award_entry WHERE id = $1", draft.id) is None


@pytest.mark.parametrize("position", [1, 2])
async def test_a_round_without_entries_is_empty(rollback: None, position: int) -> None:
    category = await planting.category(await planting.award())
    assert await numbers(await planting.round_(category, position=position)) == []
