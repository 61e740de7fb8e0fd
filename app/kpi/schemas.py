"""What the KPI answers."""

import datetime as dt
from uuid import UUID

from msgspec import Struct

from app.attendance.ledger_entry import Evidence
from app.kpi.plan import Targets
from app.kpi.publishing.folding import PublicRow

FIRST_YEAR, LAST_YEAR = 2000, 2100
"""A fiscal year is named after the calendar year in which it starts."""


class SampleAudit(Struct, frozen=True, kw_only=True):
    """What looking at a random sample of the records of a frozen year found.

    `share` of the number is too much by the estimate, between `low` and `high` (95 %); all three lie between 0 and 1.
    Of `looked` records `wrong` should not count; `unclear` could not be judged, and widen the interval.
    """

    looked: int
    wrong: int
    unclear: int
    share: float
    low: float
    high: float
    audited_at: dt.datetime


class Restated(Struct, frozen=True, kw_only=True):
    """A frozen year as later corrections and late evidence leave it; `entries` since then, by kind, say why."""

    people: int
    on_site: int
    online: int
    both: int
    position: int
    ledger_head: str
    digest: str
    reason: str
    entries: dict[str, int]
    restated_at: dt.datetime


class Frozen(Struct, frozen=True, kw_only=True):
    """The figure as it was frozen; it never changes. Numbers and `by_country` as in `KpiFigure`.

    Attributes:
        position, ledger_head: the last entry that was counted, and its digest in hex.
        digest: SHA-256 in hex of the frozen body, which can be made again from the ledger at any time.
        restated: the latest value published beside it, null as long as there is none.
        audit: null until the sample has been looked at.
    """

    rule: str
    people: int
    on_site: int
    online: int
    both: int
    core_only: int
    visits: int
    participations: int
    registrations: int
    unknown_residence: int
    by_country: tuple[PublicRow, ...]
    sensitivity: dict[str, int]
    position: int
    ledger_head: str
    digest: str
    frozen_at: dt.datetime
    restated: Restated | None
    audit: SampleAudit | None


class KpiFigure(Struct, frozen=True, kw_only=True):
    """KPI 2 of a fiscal year, every number in persons but `visits`, `participations` and `registrations`.

    Attributes:
        on_site, online, both: `people` is `on_site` + `online` - `both`.
        registrations: tickets, as `queries.registrations` counts them.
        by_country: for officers every country, for the public with small ones folded; adds up to `people`.
        sensitivity: `people` by the online threshold in minutes.
        targets: both readings of the plan's target; null for a year without one.
        ledger_head: SHA-256 in hex of the ledger that was counted.
        frozen: what was frozen for publication, beside what the ledger says now; null while the year is open.
    """

    fiscal_year: int
    rule: str
    people: int
    on_site: int
    online: int
    both: int
    core_only: int
    visits: int
    participations: int
    registrations: int
    unknown_residence: int
    by_country: tuple[PublicRow, ...]
    sensitivity: dict[str, int]
    targets: Targets | None
    ledger_head: str
    frozen: Frozen | None = None


class Released(Struct, frozen=True, kw_only=True):
    """Which table by country is public: counted on `day` in Japan up to `ledger_head`, when it added up to `people`."""

    day: dt.date
    people: int
    ledger_head: str


class PublicFigure(KpiFigure, frozen=True, kw_only=True):
    """The figure as everybody sees it. `by_country` is the released table, empty before the first of a year.

    Totals are as of now. `frozen.by_country` is the table of the freeze, empty when none could be released for it.
    """

    by_country_of: Released | None


class EventDay(Struct, frozen=True, kw_only=True):
    """A qualifying day at an event, and how the person was seen there. `day` is the date in Japan."""

    event: UUID
    day: dt.date
    on_site: bool
    online: bool


class Person(Struct, frozen=True, kw_only=True):
    """A person counted, by pseudonym: residence, whether declarations contradict each other, qualifying days."""

    person: UUID
    residence: str
    conflict: bool
    event_days: tuple[EventDay, ...]


class People(Struct, frozen=True, kw_only=True):
    """A page of the people counted, ordered by pseudonym; all pages together are as many as `KpiFigure.people`."""

    fiscal_year: int
    rule: str
    ledger_head: str
    people: list[Person]
    next: UUID | None
    """The cursor of the next page."""


class Explanation(Struct, frozen=True, kw_only=True):
    """Why a pseudonym's person counts or not: `counted` is null for who does not, `evidence` all that was weighed.

    `positions` are the entries of `evidence` that rest in the figure.
    """

    fiscal_year: int
    rule: str
    ledger_head: str
    pseudonyms: list[UUID]
    counted: Person | None
    positions: tuple[int, ...]
    evidence: list[Evidence]
