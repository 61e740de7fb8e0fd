"""What the public may see of a table by country.

A country with few people is folded into its continental region, so that no row speaks of a handful of persons. Rows are
never blanked: each published row is the sum of whole countries, and each country is in exactly one row. Whatever is
published of the totals, subtraction can therefore give back the sum of a row and nothing inside it, provided that each
folded row holds several countries and leaves each of them more than one possible value. `_hides` is that condition.

What is not hidden: how people of a *published* country took part (a country of 50 may show one person on line), and a
nought in a folded row, which tells about nobody. Two tables of different days may differ by one person: what is public
should therefore change with a release, not with a scan.
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

_Block = tuple[CountryRow, ...]


class PublicRow(Struct, frozen=True, kw_only=True):
    """A country of its own, or (`country` is None) the other countries of a region by M49 code."""

    country: str | None
    region: str
    people: int
    on_site: int
    online: int
    both: int


@cache
def regions() -> Mapping[str, str]:
    """M49 region code by ISO 3166-1 alpha-2 code, for all 249."""
    text = (Path(__file__).parent / "regions.toml").read_text(encoding="utf-8")
    table: dict[str, str] = tomllib.loads(text)["regions"]
    return {country: region for region, countries in table.items() for country in countries.split()}


def fold_small_cells(rows: Iterable[CountryRow], *, minimum: int = 10) -> tuple[PublicRow, ...]:
    """Rows for the public: countries by size, then regions by size, then the rest of the world.

    Every column adds up to what it was. Countries below `minimum` people join their region; a region that hides too
    little joins the rest of the world; and while that hides too little, the smallest row left joins it (secondary
    suppression), so a table of one small country becomes one row without a name. A code outside the regions is folded
    into the rest of the world. Japan must not be among the rows. Countries nobody came from are left out.
    """
    present = [row for row in rows if row.people]
    large, folded = _split(present, minimum=minimum)
    world = [row for region, block in folded.items() if not _stands(region, block, minimum=minimum) for row in block]
    kept = [block for region, block in folded.items() if _stands(region, block, minimum=minimum)]
    kept += [(row,) for row in large]
    kept.sort(key=lambda block: (-_people(block), block[0].country))
    while world and kept and not _hides(world, minimum=minimum):
        world += kept.pop()
    published = [_row(block) for block in kept]
    published.sort(key=lambda row: (row.country is None, -row.people, row.country or row.region))
    return (*published, *([_sum(world, country=None, region=WORLD)] if world else []))


def _split(rows: Iterable[CountryRow], *, minimum: int) -> tuple[list[CountryRow], dict[str, _Block]]:
    large: list[CountryRow] = []
    small: dict[str, list[CountryRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.country):
        region = regions().get(row.country, WORLD)
        if row.people >= minimum and region != WORLD:
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


def _row(block: _Block) -> PublicRow:
    """A block of one is a published country: a folded block never stands alone."""
    region = regions()[block[0].country]
    return _sum(block, country=block[0].country if len(block) == 1 else None, region=region)


def _sum(block: Sequence[CountryRow], *, country: str | None, region: str) -> PublicRow:
    return PublicRow(
        country=country,
        region=region,
        people=_people(block),
        on_site=sum(row.on_site for row in block),
        online=sum(row.online for row in block),
        both=sum(row.both for row in block),
    )
