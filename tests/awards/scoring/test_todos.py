"""What waits for a judge on the start page."""

from app.awards.todos import entries_to_judge
from app.core.db import fetch
from app.people import access
from tests.awards import planting
from tests.awards.scoring.desks import FULL, planted
from tests.clock import NOW


async def test_start_page_names_what_is_left(rollback: None) -> None:
    where = await planted(entries_count=3, judges_count=1)
    await planting.sheet(where.assignment(), FULL)
    judge = await access.by_token(where.field.judges[0].token, NOW)
    (todo,) = await entries_to_judge(judge, NOW)
    assert (todo.amount, todo.words, todo.address, todo.kind) == (2, "2 entries wait for you to judge", where.desk, "")
    (late,) = await entries_to_judge(judge, NOW + 6 * planting.DAY)
    assert late.kind == "warning"
    assert await entries_to_judge(judge, NOW + 7 * planting.DAY) == []
    await fetch("DELETE FROM declaration")
    (todo,) = await entries_to_judge(judge, NOW)
    assert (todo.amount, todo.words) == (3, "3 entries wait for your declaration.")
