"""Forms of the console, sent by hand: whatever their shape, the answer is a page that says what is wrong."""

from typing import Any

import pytest

from app.core.web.frame import Frame
from app.events.pages import console, office, places, sessions
from tests.doors import value
from tests.events.consoles import at_desk, draft, two

pytestmark = pytest.mark.usefixtures("http")
FORMS = sorted(
    path.replace(":uuid", "")
    for module in (console, sessions, places, office)
    for handler in module.HANDLERS
    for path in handler.paths
    if "POST" in handler.http_methods and not path.endswith(("publish", "cancel", "reinstate", "delete"))
)
FIELDS = (
    "title", "summary", "description", "name", "address", "organisation", "room", "speakers", "languages", "capacity",
    "venue", "day", "from_time", "to_time", "first_day", "last_day", "mode", "slug", "tags", "zone", "number", "url",
    "stream_url", "latitude", "kpi_scope", "convention", "organiser", "venues_of", "opens_at", "seen", "action", "csrf",
)  # fmt: skip
SHAPES: dict[str, dict[str, Any]] = {
    "words": dict.fromkeys(FIELDS, "x"),
    "nested": {f"{field}.en.0.name": "x" for field in FIELDS},
    "rows": {f"{field}.0": "x" for field in FIELDS},
    "deep rows": {f"{field}.3.name.en": "x" for field in FIELDS},
    "twice": {field: ["x", "y"] for field in FIELDS},
    "controls": dict.fromkeys(FIELDS, "a\x00b\u202e\ud7ff"),
    "controls in texts": {f"{field}.ja": "\u202e\x07" for field in FIELDS},
    "long": dict.fromkeys(FIELDS, "x" * 9000),
    "numbers": dict.fromkeys(FIELDS, "9" * 400),
    "far days": dict.fromkeys(FIELDS, "9999-12-31"),
    "more rows": {"action": "add.speakers", "speakers": "x"},
    "fewer rows": {"action": "remove.speakers.x", "speakers.0": "x"},
    "nothing": {},
}


def test_there_are_forms_to_test() -> None:
    assert len(FORMS) > 14


@pytest.mark.parametrize("shape", SHAPES)
async def test_odd_forms_are_answered_by_a_page(app: Frame, shape: str) -> None:
    mine, _other = await two()
    ids: dict[str, object] = {"convention": await value("SELECT id FROM convention"), "organiser": mine}
    async with at_desk(app, role="officer") as officer:
        ids["event"] = event = await draft(officer, mine)
        ids["venue"] = await value("SELECT id FROM venue LIMIT 1")
        await officer.post(
            f"/console/events/{event}/places/gates/new", data={"name.en": "x", "venue": str(ids["venue"])}
        )
        session = {"title.en": "x", "day": "2026-11-21", "from_time": "10:00", "to_time": "11:00", "mode": "online"}
        await officer.post(f"/console/events/{event}/sessions/new", data=session)
        for table in ("gate", "session"):
            ids[table] = await value(f"SELECT id FROM {table} WHERE event = $1", event)
        for path in FORMS:
            answer = await officer.post(path.format(**ids), data=SHAPES[shape])
            expected = {200, 422} if "rows" in shape and "/sessions/" in path else {422}
            assert answer.status_code in expected, (path, answer.status_code)
            assert answer.headers["content-type"].startswith("text/html")


async def test_word_where_rows_belong_is_shown_as_no_rows(app: Frame) -> None:
    """A row for each of its letters would take seconds."""
    mine, _other = await two()
    async with at_desk(app, role="officer") as officer:
        path = f"/console/events/{await draft(officer, mine)}/sessions/new"
        shown = [
            await officer.post(path, data=typed) for typed in ({"speakers": "x" * 9000}, {"speakers.0.name.en": "x"})
        ]
    rows = [(one.status_code, one.text.count('value="remove.speakers.')) for one in shown]
    assert rows == [(422, 0), (422, 1)]
