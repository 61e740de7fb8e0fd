"""What is still missing before a round can open, in words that say what to do."""

import datetime as dt
import re
from collections.abc import Iterator

from msgspec import Struct

from app.awards.reach import RoundRef, any_round
from app.awards.setting.categories import Category, one_category
from app.awards.setting.panels import Seat, knowing, panel
from app.awards.setting.rubrics import one_rubric
from app.awards.windows import ends_at
from app.core.db import fetch_one
from app.core.errors import FieldError
from app.core.i18n import gettext as _

_BEFORE = "SELECT id FROM award_round WHERE category = $1 AND position < $2 ORDER BY position DESC LIMIT 1"
FITS = {
    "eligibility": frozenset({"pass_fail"}),
    "document": frozenset({"scores", "pairs", "ranks"}),
    "final": frozenset({"scores", "pairs", "ranks"}),
}
"""How the entries of each kind of round may be judged."""


class Lack(Struct, frozen=True):
    """Something missing: `about` rubric | panel | settings | award | category | before."""

    about: str
    words: str


async def missing(found: RoundRef, *, now: dt.datetime) -> list[Lack]:
    """Return everything that keeps a draft from being opened; nothing when it can be."""
    category, seats = await one_category(found.award, found.category), await panel(found.id)
    known = await knowing(found, [seat.judge for seat in seats])
    return [
        *_set_up(found, category, now),
        *await _rubric(found),
        *_panel(found, seats, category.entries),
        *([Lack("panel", known)] if known else []),
        *await _before(found),
    ]


def _set_up(found: RoundRef, category: Category, now: dt.datetime) -> Iterator[Lack]:
    if found.award.published_at is None:
        yield Lack("award", _("Publish the award first."))
    if found.method not in FITS[found.kind]:
        yield Lack("settings", _("An eligibility round is passed or failed, and no other round is."))
    if ends_at(found.closes_at, found.grace_ms) <= now:
        yield Lack("settings", _("The end of the round is over already. Choose a later one."))
    if found.kind == "eligibility":
        return
    if found.closes_at <= category.ends_at:
        yield Lack("settings", _("The round ends before the last entry can come in."))
    if category.phase(now) != "closed":
        yield Lack("category", _("Entries still come in. The round can open when that is over."))
    elif not category.entries:
        yield Lack("category", _("There is no entry to judge."))


async def _rubric(found: RoundRef) -> list[Lack]:
    if found.rubric is None:
        return [Lack("settings", _("Choose a rubric."))] if found.method == "scores" else []
    kept = await one_rubric(award=found.award, rubric_id=found.rubric)
    return [Lack("rubric", words) for words in dict.fromkeys(map(said, kept.wrong(found.award.languages)))]


def said(error: FieldError) -> str:
    """Return what is wrong with a rubric as a sentence of its own."""
    number = re.match(r"criteria\[(\d+)\]", error.field)
    if number is None:
        return error.detail
    return _("Criterion %(n)s: %(words)s", n=int(number[1]) + 1, words=error.detail)


def _panel(found: RoundRef, seats: list[Seat], entries: int) -> Iterator[Lack]:
    """Yield what is wrong with a panel; eligibility may be checked by the secretary alone."""
    if found.kind == "eligibility" and not seats:
        return
    if len(seats) < found.each:
        words = _("Each entry gets %(each)s judges; the panel has %(seats)s.", each=found.each, seats=len(seats))
        yield Lack("panel", words)
    elif entries * found.each > len(seats) * found.most:
        words = _(
            "%(entries)s entries are too many for this panel: let judges take more, or seat more.", entries=entries
        )
        yield Lack("panel", words)
    elif entries * found.each < len(seats) * found.least:
        yield Lack("panel", _("There are too few entries for what each judge has to take."))


async def _before(found: RoundRef) -> list[Lack]:
    row = await fetch_one(_BEFORE, found.category, found.position)
    if row is None:
        return []
    before = await any_round(row["id"])
    if before.kind == "eligibility":
        return [] if before.opened_at else [Lack("before", _("The round before has not opened yet."))]
    return [] if before.state == "released" else [Lack("before", _("Release the result of the round before first."))]
