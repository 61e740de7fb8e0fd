"""What the gates, venues and events are called that the facts of refusals name; remembered for a while."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

import msgspec

from app.attendance.scanning.asked import Outcome
from app.core.db import fetch
from app.core.i18n import Text

REMEMBERED = dt.timedelta(minutes=1)
"""How long a changed name may go unnoticed."""
MOST_REMEMBERED = 10_000

_remembered: dict[str, tuple[dt.datetime, Text]] = {}

_NAMES = """
SELECT id, name FROM gate WHERE id = ANY($1::uuid[])
UNION ALL SELECT id, name FROM venue WHERE id = ANY($1::uuid[])
UNION ALL SELECT id, title FROM event WHERE id = ANY($1::uuid[])
"""


async def named(outcomes: Iterable[Outcome], *, now: dt.datetime) -> Mapping[str, Text]:
    """Return the names of all that these outcomes name, by id; one statement where some are not remembered."""
    ids = {found for outcome in outcomes for found in _ids(outcome)}
    if missing := [one for one in ids if one not in _remembered or _remembered[one][0] <= now]:
        if len(_remembered) + len(missing) > MOST_REMEMBERED:
            _remembered.clear()
        for row in await fetch(_NAMES, [UUID(one) for one in missing]):
            _remembered[str(row["id"])] = (now + REMEMBERED, msgspec.json.decode(row["name"], type=dict[str, str]))
    return {one: _remembered[one][1] for one in ids if one in _remembered}


def forget() -> None:
    """Forget everything, between tests."""
    _remembered.clear()


def _ids(outcome: Outcome) -> Iterator[str]:
    for value in outcome.facts.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str) and _is_id(one):
                yield one


def _is_id(word: str) -> bool:
    try:
        return str(UUID(word)) == word
    except ValueError:
        return False
