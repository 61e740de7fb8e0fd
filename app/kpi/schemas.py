"""What the KPI answers."""

import datetime as dt
from uuid import UUID

from msgspec import Struct

from app.attendance.ledger_entry import Evidence
from app.kpi.plan import Targets
from app.kpi.publication import PublicRow

FIRST_YEAR, LAST_YEAR = 2000, 2100
"""A fiscal year is named after the calendar year in which it starts."""


class KpiFigure(Struct, frozen=True, kw_only=True):
    """KPI 2 of a fiscal year, every number in persons but `visits`, `participations` and `registrations`.

    Attributes:
        on_site, online, both: `people` is `on_site` + `online` - `both`.
        registrations: tickets, as `queries.registrations` counts them.
        by_country: for officers every country, for the public with small ones folded; adds up to `people`.
        sensitivity: `people` by the online threshold in minutes.
        targets: both readings of the plan's target; null for a year without one.
        ledger_head: SHA-256 in hex of the ledger that was counted.
        frozen: null while the year is open.
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
    frozen: None = None


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
