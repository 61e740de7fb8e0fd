"""The secretary's list of entries: searched, filtered, counted, taken along."""

import asyncio
import datetime as dt
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Literal
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from app.awards.entering import members
from app.awards.entering.members import MemberRow
from app.awards.reach import AwardRef
from app.awards.schemas import Said, Texts
from app.core import audit, spreadsheet
from app.core.db import fetch, transaction
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, in_zone, text
from app.people.residence import country_name
from app.people.roles import Principal

PAGE = 50
State = Literal["draft", "signing", "submitted", "passed", "failed", "questions", "withdrawn"]
STATES: dict[State, tuple[str, str]] = {
    "draft": (gettext_lazy("Draft"), "quiet"),
    "signing": (gettext_lazy("Waits for sign-offs"), "warning"),
    "submitted": (gettext_lazy("Handed in"), "accent"),
    "passed": (gettext_lazy("Screening passed"), "success"),
    "failed": (gettext_lazy("Screening not passed"), "error"),
    "questions": (gettext_lazy("Questions are open"), "warning"),
    "withdrawn": (gettext_lazy("Withdrawn"), ""),
}
"""Word and colour of each state."""


class Wanted(Struct, frozen=True):
    """Which entries a list is to show: every word stands in title, members or number; `category` is a slug."""

    words: str = ""
    category: str = ""
    state: str = ""
    language: str = ""


ALL = Wanted()


class Line(Struct, frozen=True, kw_only=True):
    """An entry in the list. Its title is that of the version that stands, else of the latest, else of the draft."""

    id: UUID
    number: int
    origin: str
    category_slug: str
    category_title: Texts
    state: State
    title: Texts
    languages: tuple[str, ...]
    topics: tuple[str, ...]
    members: tuple[MemberRow, ...]
    version: UUID | None
    digest: bytes | None
    changed_at: dt.datetime
    submitted_at: dt.datetime | None

    def matches(self, wanted: Wanted) -> bool:
        """Whether the list is to show this entry."""
        fits = (
            wanted.category in {"", self.category_slug}
            and wanted.state in {"", self.state}
            and (not wanted.language or wanted.language in self.languages)
        )
        written = folded(" ".join((str(self.number), *self.title.values(), *self._names())))
        return fits and all(word in written for word in folded(wanted.words).split())

    def _names(self) -> Iterator[str]:
        for one in self.members:
            yield from (one.organisation, one.name, one.reading, one.email)


class Page(Struct, frozen=True):
    """Some lines of a list, how many it has, and how many entries the award has in each state."""

    lines: list[Line]
    total: int
    number: int
    counts: dict[str, int]

    @property
    def last(self) -> int:
        """The number of the last page; the first is 1."""
        return max(1, -(-self.total // PAGE))


def folded(words: str) -> str:
    """Return words as they are compared: compatible characters and case."""
    return unicodedata.normalize("NFKC", words).casefold()


_LINES = """
SELECT e.id, e.number, e.origin, e.state, e.changed_at, e.submitted_at, g.slug, g.title AS category_title,
    coalesce(v.body, e.draft) AS said, v.id AS version, v.digest, s.outcome,
    v.id IS NOT NULL AS has_version
FROM award_entry e JOIN award_category g ON g.id = e.category
LEFT JOIN LATERAL (
    SELECT id, body, digest FROM entry_version WHERE entry = e.id AND id = coalesce(e.pinned, id)
    ORDER BY number DESC LIMIT 1
) v ON true
LEFT JOIN LATERAL (
    SELECT outcome FROM screening WHERE entry = e.id AND decided_at >= e.submitted_at ORDER BY id DESC LIMIT 1
) s ON true
WHERE g.award = $1
ORDER BY g.position, g.slug, e.number
"""


class _Head(Struct, frozen=True):
    texts: dict[str, dict[str, Said]] = {}
    topics: tuple[str, ...] = ()


_head = msgspec.json.Decoder(_Head).decode


async def lines(award: AwardRef, wanted: Wanted = ALL) -> list[Line]:
    """Return the entries of an award that are wanted, by category and number."""
    rows = await fetch(_LINES, award.id)
    people = await members.of_entries([row["id"] for row in rows])
    return [line for row in rows if (line := _line(row, people[row["id"]])).matches(wanted)]


def _line(row: asyncpg.Record, people: Sequence[MemberRow]) -> Line:
    head = _head(row["said"])
    return Line(
        id=row["id"],
        number=row["number"],
        origin=row["origin"],
        category_slug=row["slug"],
        category_title=msgspec.json.decode(row["category_title"]),
        state=_state(row),
        title={tag: said.text for tag, said in head.texts.get("title", {}).items()},
        languages=tuple(sorted({tag for said in head.texts.values() for tag in said})),
        topics=head.topics,
        members=tuple(people),
        version=row["version"] if row["state"] != "draft" else None,
        digest=row["digest"] if row["state"] != "draft" else None,
        changed_at=row["changed_at"],
        submitted_at=row["submitted_at"],
    )


def _state(row: asyncpg.Record) -> State:
    if row["state"] == "draft":
        return "signing" if row["has_version"] else "draft"
    state: State = row["outcome"] if row["state"] == "submitted" and row["outcome"] else row["state"]
    return state


async def page(
    *, award: AwardRef, principal: Principal, now: dt.datetime, wanted: Wanted = ALL, number: int = 1
) -> Page:
    """Return a page of the list, and write down that names were read."""
    every = await lines(award)
    found = [line for line in every if line.matches(wanted)]
    last = max(1, -(-len(found) // PAGE))
    at = min(max(number, 1), last)
    shown = found[(at - 1) * PAGE : at * PAGE]
    counts = dict.fromkeys(STATES, 0)
    for line in every:
        counts[line.state] += 1
    await write_down("entries.read", award, principal, now, entries=len(shown), page=at)
    return Page(shown, len(found), at, {str(state): n for state, n in counts.items()})


COLUMNS: tuple[tuple[str, Callable[[Line, str], str]], ...] = (
    (gettext_lazy("Number"), lambda line, _zone: str(line.number)),
    (gettext_lazy("Category"), lambda line, _zone: text(line.category_title)),
    (gettext_lazy("State"), lambda line, _zone: str(STATES[line.state][0])),
    (gettext_lazy("Title"), lambda line, _zone: text(line.title)),
    (gettext_lazy("Languages"), lambda line, _zone: ", ".join(line.languages)),
    (gettext_lazy("Members"), lambda line, _zone: "; ".join(_named(one) for one in line.members)),
    (gettext_lazy("Contact"), lambda line, _zone: "; ".join(f"{m.name} <{m.email}>" for m in line.members if m.lead)),
    (gettext_lazy("Handed in"), lambda line, zone: _when(line.submitted_at, zone)),
    (gettext_lazy("Code of the version"), lambda line, _zone: line.digest.hex() if line.digest else ""),
)
"""Heading and words of each column of a list that is taken along."""


def _named(one: MemberRow) -> str:
    return f"{one.organisation} ({country_name(one.country)})"


def _when(at: dt.datetime | None, zone: str) -> str:
    return in_zone(at, zone).strftime("%Y-%m-%d %H:%M:%S") if at else ""


async def export(
    *, award: AwardRef, principal: Principal, kind: Literal["csv", "xlsx"], now: dt.datetime, wanted: Wanted = ALL
) -> bytes:
    """Return the list as a file for spreadsheets, in which nothing is run; written down who took it."""
    found = await lines(award, wanted)
    await write_down("entries.export", award, principal, now, entries=len(found), kind=kind)
    heading = [str(words) for words, _cell in COLUMNS]
    rows = [[cell(line, award.zone) for _words, cell in COLUMNS] for line in found]
    if kind == "xlsx":
        return await asyncio.to_thread(spreadsheet.workbook, heading, rows, title=_("Award entries"))
    return spreadsheet.written(heading, rows)


async def write_down(action: str, award: AwardRef, principal: Principal, now: dt.datetime, **detail: object) -> None:
    """Write down who read or took what of an award."""
    async with transaction():
        await audit.record(actor=principal.actor, action=action, subject=f"award:{award.id}", now=now, detail=detail)
