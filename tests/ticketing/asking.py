"""Questions of every kind, asked of holders of the student pass of the seeded convention."""

import json
from typing import Any
from uuid import UUID, uuid4

from app.core.db import fetch
from app.ticketing.registering import offers
from tests.doors import value

ASKED = "student-pass"
DIET = [("none", "Everything"), ("vegan", "Vegan"), ("halal", "Halal")]

_INSERT = """
INSERT INTO question (id, convention, slug, position, kind, label, hint, options, shown_when, required)
SELECT $1, c.id, $2, $3, $4, $5, '{}', $6, $7, $8 FROM convention c WHERE c.slug = 'yokohama-2026'
"""


async def cell(sql: str, *values: object) -> Any:
    """Return the one value a statement answers, of whatever type it is."""
    return await value(sql, *values)


async def ask(
    slug: str,
    kind: str,
    *,
    required: bool = False,
    options: list[tuple[str, str]] | None = None,
    after: tuple[str, list[str]] | None = None,
    position: int = 1,
    ticket_type: str = ASKED,
) -> UUID:
    """Ask a question called after its slug; `after` another one's slug and the answers that lead to it."""
    question = uuid4()
    when = {"question": after[0], "values": after[1]} if after else None
    chosen = [{"value": v, "label": {"en": words}} for v, words in options or []]
    label = json.dumps({"en": slug.capitalize(), "ja": f"質問 {slug}"})
    await fetch(_INSERT, question, slug, position, kind, label, json.dumps(chosen), _json(when), required)
    use = await value("SELECT id FROM ticket_type WHERE slug = $1", ticket_type)
    await fetch("INSERT INTO question_use (id, question, ticket_type) VALUES ($1, $2, $3)", uuid4(), question, use)
    offers.forget()
    return question


def _json(content: Any) -> str | None:
    return json.dumps(content) if content else None


async def ask_everything() -> dict[str, UUID]:
    """Ask one question of every kind; `why` only of vegans, and what must be answered is answered by `ANSWERED`."""
    return {
        "motto": await ask("motto", "text", required=True, position=1),
        "story": await ask("story", "paragraph", position=2),
        "diet": await ask("diet", "choice", options=DIET, required=True, position=3),
        "why": await ask("why", "text", after=("diet", ["vegan"]), required=True, position=4),
        "topics": await ask("topics", "choices", options=[("art", "Art"), ("sea", "Sea")], position=5),
        "arrival": await ask("arrival", "date", position=6),
        "origin": await ask("origin", "country", position=7),
        "poster": await ask("poster", "file", position=8),
        "first": await ask("first", "yes_no", position=9),
    }


ANSWERED = {"motto": "Hello", "diet": "none"}
"""The fewest answers that will do."""


def answers(place: int = 0, **given: Any) -> dict[str, Any]:
    """Return answers as fields of the form."""
    return {f"party.{place}.answers.{slug}": said for slug, said in {**ANSWERED, **given}.items()}
