"""The figure as everybody may see it: live totals, and the table by country as it was last released."""

from msgspec.structs import asdict, replace

from app.kpi.publishing.folding import WORLD, PublicRow
from app.kpi.publishing.releasing import Release, last
from app.kpi.schemas import Frozen, KpiFigure, PublicFigure, Released


async def public(found: KpiFigure) -> PublicFigure:
    """Return the public form of a figure."""
    return with_table(found, await last(found.fiscal_year))


def undivided(found: PublicFigure) -> PublicFigure:
    """Return the figure with one row for the whole world as long as no table was released; it says what totals say."""
    if found.by_country_of is not None or not found.people:
        return found
    row = PublicRow(
        country=None, region=WORLD, people=found.people, on_site=found.on_site, online=found.online, both=found.both
    )
    return replace(found, by_country=(row,))


def with_table(found: KpiFigure, release: Release | None) -> PublicFigure:
    """Put the released table in the place of every country, in the frozen figure too. Pure."""
    shown = {
        **asdict(found),
        "by_country": release.body.rows if release else (),
        "frozen": found.frozen and _frozen(found.frozen, release),
        "by_country_of": release and _released(release),
    }
    return PublicFigure(**shown)


def _frozen(found: Frozen, release: Release | None) -> Frozen:
    is_its = release is not None and release.head.digest.hex() == found.ledger_head
    return replace(found, by_country=release.body.rows if release and is_its else ())


def _released(release: Release) -> Released:
    return Released(day=release.day, people=release.people, ledger_head=release.head.digest.hex())
