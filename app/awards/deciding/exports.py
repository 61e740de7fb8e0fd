"""A ranking to take along, as CSV or XLSX; the audit log keeps who took it."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Literal

from app.awards.deciding.lines import Line, Ranking
from app.awards.deciding.scores import ranking
from app.awards.deciding.seeing import Seen
from app.awards.entering import field
from app.awards.reach import Texts
from app.awards.setting.awards import note
from app.core import spreadsheet
from app.core.db import transaction
from app.core.i18n import gettext as _
from app.core.i18n import text
from app.people.roles import Principal

Kind = Literal["csv", "xlsx"]


async def export(*, principal: Principal, found: Seen, kind: Kind, now: dt.datetime) -> bytes:
    """Return the ranking as a list, and write down who took it."""
    titles = {str(one.id): one.title for one in await field.in_round(found.round)}
    made = await ranking(found.round, now=now)
    async with transaction():
        detail = {"round": str(found.round.id), "inputs": made.digest}
        await note(principal, "award_round.ranking.export", found.round.award.id, now, **detail)
    return await asyncio.to_thread(_written, kind, made, titles)


def _written(kind: Kind, made: Ranking, titles: Mapping[str, Texts]) -> bytes:
    heading = [
        _("Rank"), _("Shared place"), _("Number"), _("The entry"), _("Sheets"), _("Abstained"), _("Mean"),
        _("Calibrated"), _("Low"), _("High"), _("Among the best"), _("Strength"), _("Passed"), _("Failed"),
        _("Place by the public"), _("Mixed"),
    ]  # fmt: skip
    rows = [_cells(line, text(titles.get(line.entry, {}))) for line in made.lines]
    if kind == "xlsx":
        return spreadsheet.workbook(heading, rows, title=_("Ranking"))
    return spreadsheet.written(heading, rows)


def _cells(line: Line, title: str) -> list[str]:
    low, high = line.interval or (None, None)
    return [
        *map(_whole, (line.place, line.shared_place, line.number)),
        title,
        *map(_whole, (line.sheets, line.abstained)),
        *map(_figure, (line.raw, line.calibrated, low, high)),
        "" if line.top is None else f"{line.top:.3f}",
        "" if line.strength is None else f"{line.strength:.4f}",
        *map(_whole, (line.passed, line.failed, line.public_place)),
        _figure(line.mixed),
    ]


def _whole(value: int | None) -> str:
    return "" if value is None else str(value)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
