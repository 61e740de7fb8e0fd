"""Partners and sources at a glance: what is agreed, what is read, what needs somebody."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from app.core.db import fetch
from app.core.i18n import gettext_lazy
from app.exchange import terms
from app.exchange.agreeing import reach, standing
from app.exchange.agreeing.reach import PartnerRef, SourceRef
from app.exchange.agreeing.standing import Standing
from app.people.roles import Principal

SOURCE_STATES = {
    "stopped": (gettext_lazy("Stopped: no valid agreement"), "error"),
    "new": (gettext_lazy("Not live yet"), "warning"),
    "paused": (gettext_lazy("Paused"), "quiet"),
    "failing": (gettext_lazy("Cannot be read"), "error"),
    "live": (gettext_lazy("Published"), "success"),
}
"""Word and colour of each state."""
KINDS = {
    "ics": gettext_lazy("Calendar (ICS)"),
    "page": gettext_lazy("Web page with events"),
    "csv": gettext_lazy("Municipal list (CSV)"),
    "push": gettext_lazy("Sent by the partner (API)"),
}
_PARTNERS = "SELECT id FROM partner WHERE $1::uuid[] IS NULL OR id = ANY($1) ORDER BY slug"
_EVENTS = """
SELECT s.id, count(e.id) FILTER (WHERE e.state = 'shown' AND NOT e.own) AS shown,
  count(e.id) FILTER (
    WHERE e.ends_at > $2 AND (e.state = 'missing' OR (e.state = 'shown' AND e.proposed = 'cancelled' AND NOT e.own))
  ) AS waiting,
  (SELECT count(*) FROM vanishing v WHERE v.source = s.id AND v.decision = '') AS held,
  (SELECT p.problem FROM pull p WHERE p.source = s.id ORDER BY p.begun_at DESC LIMIT 1) AS problem
FROM source s LEFT JOIN exchanged_event e ON e.source = s.id
WHERE s.partner = ANY($1) GROUP BY s.id
"""


class SourceLine(Struct, frozen=True, kw_only=True):
    """A source in a list; `shown` events, `waiting` decisions about single ones, `held` those about many at once."""

    source: SourceRef
    state: str
    shown: int
    waiting: int
    held: int
    problem: str

    @property
    def tag(self) -> tuple[str, str]:
        """Word and colour of its state."""
        return SOURCE_STATES[self.state]

    @property
    def decisions(self) -> int:
        """How much waits for an officer."""
        return self.waiting + self.held


class PartnerLine(Struct, frozen=True, kw_only=True):
    """A partner in a list: its agreements, the latest first, and its sources."""

    partner: PartnerRef
    standings: Sequence[Standing]
    sources: Sequence[SourceLine]

    @property
    def shown(self) -> int:
        """How many events it tells of."""
        return sum(one.shown for one in self.sources)

    @property
    def decisions(self) -> int:
        """How much waits for an officer."""
        return sum(one.decisions for one in self.sources)

    @property
    def failing(self) -> int:
        """How many sources cannot be read."""
        return sum(one.state == "failing" for one in self.sources)

    @property
    def valid(self) -> Standing | None:
        """The agreement that is valid now."""
        return next((one for one in self.standings if one.state == "valid"), None)

    @property
    def latest(self) -> Standing | None:
        """The agreement that is valid now, else the last one."""
        return self.valid or next(iter(self.standings), None)


async def listed(principal: Principal, now: dt.datetime) -> list[PartnerLine]:
    """Return the partners within reach with all that is known of them at a glance."""
    return await lines(await keys(principal), now)


async def keys(principal: Principal) -> list[UUID]:
    """Return the partners within reach, by slug."""
    return [row["id"] for row in await fetch(_PARTNERS, reach.mine(principal))]


async def lines(partners: Sequence[UUID], now: dt.datetime) -> list[PartnerLine]:
    """Return these partners with all that is known of them at a glance."""
    return [await of_partner(await reach.any_partner(key), now) for key in partners]


async def of_partner(partner: PartnerRef, now: dt.datetime) -> PartnerLine:
    """Return a partner with its agreements and sources."""
    found = await standing.of_partner(partner.id, now)
    states = {one.agreement.id: one.state for one in found}
    rows = {row["id"]: row for row in await fetch(_EVENTS, [partner.id], now)}
    sources = await reach.sources_of(partner.id)
    told = [_line(one, rows[one.id], states[one.agreement]) for one in sources]
    return PartnerLine(partner=partner, standings=found, sources=told)


async def of_source(source: SourceRef, now: dt.datetime) -> SourceLine:
    """Return a source as lists show it."""
    (row,) = [row for row in await fetch(_EVENTS, [source.partner], now) if row["id"] == source.id]
    return _line(source, row, terms.state(await reach.any_agreement(source.agreement), now))


def _line(source: SourceRef, row: Mapping[str, Any], agreement: terms.State) -> SourceLine:
    return SourceLine(
        source=source,
        state=state_of(source, agreement),
        shown=row["shown"],
        waiting=row["waiting"],
        held=row["held"],
        problem=(row["problem"] or "") if source.failures else "",
    )


def state_of(source: SourceRef, agreement: terms.State) -> str:
    """Return the state of a source, one of `SOURCE_STATES`."""
    if agreement != "valid":
        return "stopped"
    if source.live_at is None:
        return "new"
    if source.paused_at is not None:
        return "paused"
    return "failing" if source.failures else "live"


async def waiting_for(principal: Principal, now: dt.datetime) -> list[tuple[PartnerRef, SourceRef, int]]:
    """Return the sources about whose events somebody has to decide, with how many decisions."""
    counted = await fetch(_EVENTS, await keys(principal), now)
    found = [(row["id"], row["waiting"] + row["held"]) for row in counted if row["waiting"] + row["held"]]
    return [(await reach.any_partner(one.partner), one, many) for one, many in await _sources(found)]


async def _sources(found: Sequence[tuple[UUID, int]]) -> list[tuple[SourceRef, int]]:
    return [(await reach.any_source(key), many) for key, many in found]
