"""What the demo has beside its data."""

import datetime as dt

import pytest

from app.core.db import fetch
from app.ticketing import seed
from tests.doors import value

pytestmark = pytest.mark.usefixtures("http")


async def test_tickets_of_a_demo_can_be_changed_until_it_is_over() -> None:
    said = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    await fetch("UPDATE ticket_type SET changes_until = $1 WHERE slug = 'student-pass'", said)
    last = await value("SELECT last_day FROM convention WHERE slug = 'yokohama-2026'")
    assert isinstance(last, dt.date)
    await seed.let_change_until_the_end(slug="yokohama-2026")
    limits = {row["slug"]: row["changes_until"] for row in await fetch("SELECT slug, changes_until FROM ticket_type")}
    assert limits["student-pass"] == said
    assert limits["citywide-pass"] == dt.datetime.combine(last, dt.time(15), tzinfo=dt.UTC)
