"""The people counted by cell: a country, a day, an event, a venue; each person once in each cell. Pure.

A cell's number is the length of the list of its people, so what the board says can always be opened into people.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal
from uuid import UUID

from msgspec import Struct

from app.kpi.counting import CountedPerson

By = Literal["all", "country", "day", "event", "venue"]
Seen = Literal["people", "on_site", "online", "both"]
Cell = tuple[By, str]
"""("all", ""), ("country", "SG"), ("day", "2026-11-21"), ("event", "<id>") or ("venue", "<id>")."""

ON_SITE, ONLINE, BOTH = 1, 2, 3
WAYS: Mapping[Seen, tuple[int, ...]] = {
    "people": (ON_SITE, ONLINE, BOTH),
    "on_site": (ON_SITE, BOTH),
    "online": (ONLINE, BOTH),
    "both": (BOTH,),
}
"""How somebody was seen in a cell, as bits, and which of these each column counts."""
EVERYBODY: Cell = ("all", "")
NO_VENUE: Cell = ("venue", "")
"""On site with evidence that names no door of today: settled by hand, or the gate was deleted."""


class Share(Struct, frozen=True, gc=False):
    """A person counted: all pseudonyms, and how the person was seen in which cells."""

    person: UUID
    residence: str
    pseudonyms: tuple[UUID, ...]
    cells: Mapping[Cell, int]


class Row(Struct, frozen=True):
    """A cell's numbers; `people` = `on_site` + `online` - `both`."""

    key: str
    people: int
    on_site: int
    online: int
    both: int


def share(counted: CountedPerson, *, pseudonyms: Iterable[UUID], venues: Mapping[int, UUID]) -> Share:
    """Return a person's share; `venues` are those of on-site evidence by its position in the ledger."""
    cells: Counter[Cell] = Counter()
    for way, days in ((ON_SITE, counted.on_site), (ONLINE, counted.online)):
        for event, day in days:
            for cell in (EVERYBODY, ("country", counted.residence), ("day", day.isoformat()), ("event", str(event))):
                cells[cell] |= way
    found = {venues[position] for position in counted.positions if position in venues}
    cells.update({("venue", str(venue)): ON_SITE for venue in found})
    if counted.on_site and not found:
        cells[NO_VENUE] = ON_SITE
    return Share(counted.person, counted.residence, tuple(sorted(pseudonyms)), dict(cells))


class Cells:
    """Shares of people, and their sums; a person's share is put in the place of the one before."""

    def __init__(self) -> None:
        self.people: dict[UUID, Share] = {}
        self.sums: Counter[tuple[Cell, int]] = Counter()

    def replace(self, members: Iterable[UUID], shares: Iterable[Share]) -> None:
        """Take out whoever is counted among `members`, and put in what they count now."""
        for member in members:
            gone = self.people.pop(member, None)
            if gone is not None:
                self.sums.subtract(gone.cells.items())
        for one in shares:
            self.people[one.person] = one
            self.sums.update(one.cells.items())

    def row(self, cell: Cell) -> Row:
        """Return the numbers of one cell."""
        numbers = {seen: sum(self.sums[cell, way] for way in ways) for seen, ways in WAYS.items()}
        return Row(cell[1], **numbers)

    def rows(self, by: By) -> list[Row]:
        """Return the numbers of all cells of a kind that hold somebody, by key."""
        cells = {cell for (cell, _), people in self.sums.items() if cell[0] == by and people}
        return [self.row(cell) for cell in sorted(cells)]

    def of(self, cell: Cell, seen: Seen) -> list[Share]:
        """Return the people whom a number counts, by pseudonym: as many as it says."""
        ways = WAYS[seen]
        return sorted((one for one in self.people.values() if one.cells.get(cell) in ways), key=lambda one: one.person)
