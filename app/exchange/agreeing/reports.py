"""The page of a source: its last readings, what one of them found, and the events about which somebody decides."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from msgspec import Struct

from app.core.db import fetch_one
from app.core.i18n import gettext_lazy
from app.exchange.agreeing.reach import SourceRef
from app.exchange.merging import waiting
from app.exchange.merging.waiting import Held, Waiting
from app.exchange.pulling import files, pulls
from app.exchange.pulling.pulls import PullRef
from app.exchange.schemas import Finding
from app.exchange.words import NOTED, said

Kind = Literal["lost", "repaired", "noted"]
Show = Literal["all", "lost", "repaired", "noted"]
LAST = 10
"""Readings that a page lists."""
KINDS: dict[Kind, tuple[str, str]] = {
    "lost": (gettext_lazy("Left out"), "warning"),
    "repaired": (gettext_lazy("Repaired"), "success"),
    "noted": (gettext_lazy("Noted"), "quiet"),
}
"""Word and colour of what became of it."""
FIELDS = {
    "title": gettext_lazy("Title"),
    "name": gettext_lazy("Title"),
    "time": gettext_lazy("Time"),
    "starts_on": gettext_lazy("First day"),
    "ends_on": gettext_lazy("Last day"),
    "starts_at": gettext_lazy("Begins"),
    "ends_at": gettext_lazy("Ends"),
    "place": gettext_lazy("Place"),
    "latitude": gettext_lazy("Latitude"),
    "longitude": gettext_lazy("Longitude"),
    "url": gettext_lazy("Link"),
    "status": gettext_lazy("Status"),
    "number": gettext_lazy("Number"),
    "other": gettext_lazy("All other columns"),
}
"""Fields of findings in words; any other is called as the file calls it."""
OUTCOMES = {
    "read": (gettext_lazy("Read"), "success"),
    "unchanged": (gettext_lazy("Unchanged"), "quiet"),
    "held": (gettext_lazy("Held for you"), "warning"),
    "failed": (gettext_lazy("Not read"), "error"),
}
WHY = {
    "schedule": gettext_lazy("By the schedule"),
    "officer": gettext_lazy("By an officer"),
    "ping": gettext_lazy("Announced by the partner"),
    "upload": gettext_lazy("Handed in"),
    "push": gettext_lazy("Sent by the partner"),
}


class Line(Struct, frozen=True):
    """A line of a report in the reader's language."""

    finding: Finding
    words: str
    kind: Kind
    field: str


class Report(Struct, frozen=True, kw_only=True):
    """What a reading found: the lines that are shown, and how many there are of each kind."""

    pull: PullRef
    lines: tuple[Line, ...]
    counts: Mapping[Kind, int]
    show: Show

    @property
    def unseen(self) -> int:
        """Findings of which only the number was kept."""
        return self.pull.found - len(self.pull.report)


class ToDecide(Struct, frozen=True, kw_only=True):
    """All that an officer decides about a source: what vanished at once and why that is doubtful, and single events."""

    held: Held | None
    doubt: str
    together: tuple[Waiting, ...]
    missing: tuple[Waiting, ...]
    canceled: tuple[Waiting, ...]

    @property
    def any(self) -> bool:
        """Whether there is anything to decide."""
        return bool(self.held or self.missing or self.canceled)


async def readings(source: SourceRef) -> list[PullRef]:
    """Return the last readings of a source, the newest first."""
    return await pulls.latest(source.id, LAST)


async def report(source: SourceRef, *, reading: UUID | None, show: Show) -> Report | None:
    """Return the report of a reading, or of the last one that brought anything; None before the first.

    Raises `NotFound`.
    """
    if reading is not None:
        return _report(await pulls.one(reading, source.id), show)
    last = await pulls.latest(source.id, 1)
    if last and last[0].outcome != "unchanged":
        return _report(last[0], show)
    found = await pulls.last_read(source.id)
    return _report(found, show) if found else None


def _report(pull: PullRef, show: Show) -> Report:
    counted = Counter(map(_kind, pull.report))
    lines = tuple(_line(one) for one in pull.report if show in {"all", _kind(one)})
    return Report(pull=pull, lines=lines, counts={kind: counted[kind] for kind in KINDS}, show=show)


def _line(finding: Finding) -> Line:
    return Line(finding, said(finding.code), _kind(finding), str(FIELDS.get(finding.field, finding.field)))


def _kind(finding: Finding) -> Kind:
    if finding.lost:
        return "lost"
    return "noted" if finding.code in NOTED else "repaired"


async def to_decide(source: SourceRef, *, now: dt.datetime) -> ToDecide:
    """Return the events of a source about which somebody has to decide."""
    held = await waiting.held(source.id)
    together = await waiting.of(held) if held else []
    return ToDecide(
        held=held,
        doubt=said(held.doubt) if held else "",
        together=tuple(together),
        missing=tuple(await waiting.missing(source.id, now=now)),
        canceled=tuple(await waiting.called_off(source.id, now=now)),
    )


async def is_of(source: SourceRef, *, vanishing: UUID | None = None, event: UUID | None = None) -> bool:
    """Say whether what vanished at once, or an event, is one of this source."""
    table, key = ("vanishing", vanishing) if vanishing else ("exchanged_event", event)
    return await fetch_one(f"SELECT 1 FROM {table} WHERE id = $1 AND source = $2", key, source.id) is not None


async def raw(source: SourceRef, reading: UUID) -> bytes:
    """Return the bytes that a reading was given, as they came. Raises `NotFound`."""
    return await files.body((await pulls.one(reading, source.id)).file)
