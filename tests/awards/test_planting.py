"""What the other tests of awards stand on is what they take it for."""

import pytest

from app.core.db import fetch_one
from app.people import access
from tests.awards import planting
from tests.clock import NOW
from tests.doors import value

pytestmark = pytest.mark.usefixtures("http")


async def test_a_planted_award_is_open_with_judges_entries_and_sheets() -> None:
    field = await planting.field(entries_count=2, judges_count=2)
    assigned = await planting.everybody(field)
    await planting.sheet(assigned[field.entries[0].id, field.judges[0].id], {"impact": 5, "design": 4, "scaling": 3})
    row = await fetch_one("SELECT state, rules IS NOT NULL AS pinned FROM award_round WHERE id = $1", field.round)
    assert row == ("open", True)
    assert [one.pseudonym for one in field.judges] == ["J01", "J02"]
    assert (await access.by_token(field.judges[1].token, NOW)).scope.awards == (field.award,)
    assert await value("SELECT count(*) FROM entry_member WHERE signed_at IS NOT NULL") == 4
    assert await value("SELECT pinned FROM award_entry WHERE number = 2") == field.entries[1].version
    assert await value("SELECT s.version FROM sheet s") == field.entries[0].digest
    assert await value("SELECT count(*) FROM declaration WHERE free") == 4
