"""What the public may see of a table by country.

A country with few people is folded into its continental region, so that no row speaks of a handful of persons. Rows are
never blanked: each published row is the sum of whole countries, and each country is in exactly one row. Whatever is
published of the totals, subtraction can therefore give back the sum of a row and nothing inside it, provided that each
folded row holds several countries and leaves each of them more than one possible value. `_hides` is that condition.

What is not hidden: how people of a *published* country took part (a country of 50 may show one person on line), and a
nought in a folded row, which tells about nobody. What two tables of different days tell together is the business of
`disclosure`; it may ask for a table in which countries stay where they were (`staying`).
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from msgspec import Struct

from app.kpi.counting import CountryRow

WORLD = "001"
"""M49 code of the world: the row of what no region could hide."""
MINIMUM = 10
"""People from which a country has a row of its own."""

_Block = tuple[CountryRow, ...]


class PublicRow(Struct, frozen=True, kw_only=True):
    """A country of its own, or (`country` is None) the other countries of a region by M49 code."""

    country: str | None
    region: str
    people: int
    on_site: int
    online: int
    both: int


class Fold(Struct, frozen=True):
    """A public table, and for each country that is folded the code of the region in whose row it stands."""

    rows: tuple[PublicRow, ...]
    folded: Mapping[str, str]


@cache
def regions() -> Mapping[str, str]:
    """M49 region code by ISO 3166-1 alpha-2 code, for all 249."""
    text = (Path(__file__).parents[1] / "regions.toml").read_text(encoding="utf-8")
    table: dict[str, str] = tomllib.loads(text)["regions"]
    return {country: region for region, countries in table.items() for country in countries.split()}


def fold_small_cells(rows: Iterable[CountryRow], *, minimum: int = MINIMUM) -> tuple[PublicRow, ...]:
    """Rows for the public: countries by size, then regions by size, then the rest of the world. See `fold`."""
    return fold(rows, minimum=minimum).rows


def fold(rows: Iterable[CountryRow], *, minimum: int = MINIMUM, staying: Mapping[str, str] | None = None) -> Fold:
    """Fold a table.

    Every column adds up to what it was. Countries below `minimum` people join their region; a region that hides too
    little joins the rest of the world; and while that hides too little, the smallest row left joins it (secondary
    suppression), so a table of one small country becomes one row without a name. A code outside the regions is folded
    into the rest of the world. Japan must not be among the rows. Countries nobody came from are left out.

    `staying`: countries that stand in the row of that region whatever their size, because they did before.
    """
    present = [row for row in rows if row.people]
    large, folded = _split(present, minimum=minimum, staying=staying or {})
    world = [row for region, block in folded.items() if not _stands(region, block, minimum=minimum) for row in block]
    kept = {region: block for region, block in folded.items() if _stands(region, block, minimum=minimum)}
    kept |= {row.country: (row,) for row in large}
    last = sorted(kept, key=lambda name: (-_people(kept[name]), kept[name][0].country))
    while world and last and not _hides(world, minimum=minimum):
        world += kept.pop(last.pop())
    return _folded({**kept, **({WORLD: tuple(world)} if world else {})})


def _folded(blocks: Mapping[str, _Block]) -> Fold:
    """Put the table together from blocks by country or region: countries, regions, and last the rest of the world."""
    rows = [_sum(block, name=name) for name, block in blocks.items()]
    rows.sort(key=lambda row: (row.country is None, row.region == WORLD, -row.people, row.country or row.region))
    inside = {row.country: name for name, block in blocks.items() if _is_region(name) for row in block}
    return Fold(tuple(rows), inside)


def _split(
    rows: Iterable[CountryRow], *, minimum: int, staying: Mapping[str, str]
) -> tuple[list[CountryRow], dict[str, _Block]]:
    large: list[CountryRow] = []
    small: dict[str, list[CountryRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.country):
        region = staying.get(row.country) or regions().get(row.country, WORLD)
        if row.people >= minimum and region != WORLD and row.country not in staying:
            large.append(row)
        else:
            small[region].append(row)
    return large, {region: tuple(block) for region, block in small.items()}


def _stands(region: str, block: Sequence[CountryRow], *, minimum: int) -> bool:
    return region != WORLD and _hides(block, minimum=minimum)


def _hides(block: Sequence[CountryRow], *, minimum: int) -> bool:
    """Whether the sum leaves every country in doubt even to someone who knows which countries are in it.

    Such a reader knows that each has at least one person and, if all are small, at most `minimum` - 1. A sum at either
    end would give every value away. With a large country among them the upper end is open.
    """
    people, most = _people(block), len(block) * (minimum - 1)
    has_large = any(row.people >= minimum for row in block)
    return len(block) > 1 and people >= minimum and people > len(block) and (has_large or people < most)


def _people(block: Iterable[CountryRow]) -> int:
    return sum(row.people for row in block)


def _is_region(name: str) -> bool:
    """Whether a block is called by an M49 code, which has three digits, and not by a country."""
    return name.isdecimal()


def _sum(block: Sequence[CountryRow], *, name: str) -> PublicRow:
    return PublicRow(
        country=None if _is_region(name) else name,
        region=name if _is_region(name) else regions()[name],
        people=_people(block),
        on_site=sum(row.on_site for row in block),
        online=sum(row.online for row in block),
        both=sum(row.both for row in block),
    )
