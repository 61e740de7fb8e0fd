"""Counting a year anew as of a head of the ledger, from nothing that is kept: whatever came later is not looked at.

The whole year in batches of people without a tie between them (`whole`), so memory stays flat and others are answered.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

from app.attendance.ledger_entry import Evidence
from app.core.chain import GENESIS, Link
from app.kpi import queries, whole
from app.kpi.counting import Figure, count, counted_people
from app.kpi.errors import LedgerDiffers
from app.kpi.rules import RULE_SETS
from app.kpi.tally import Line, figure_of, lines


async def recount(*, fiscal_year: int, rule: str, head: Link) -> Figure:
    """Return the figure of a year by a rule set as of `head`. Raises `LedgerDiffers` when the ledger lacks it."""
    rules, tally = RULE_SETS[rule], Counter[Line]()
    async for entries in _evidence(fiscal_year, head):
        tally.update(lines(count(entries, fiscal_year=fiscal_year, rules=rules)))
    return figure_of(tally, fiscal_year=fiscal_year, rules=rules)


async def counted_at(*, fiscal_year: int, rule: str, head: Link) -> list[UUID]:
    """Return the people counted as of `head`, by pseudonym: as many as `recount` says. Raises `LedgerDiffers`."""
    rules, found = RULE_SETS[rule], list[str]()
    async for entries in _evidence(fiscal_year, head):
        found += [str(one.person) for one in counted_people(entries, fiscal_year=fiscal_year, rules=rules)]
    return [UUID(person) for person in sorted(found)]


async def _evidence(fiscal_year: int, head: Link) -> AsyncGenerator[Sequence[Evidence]]:
    """Yield all evidence up to `head`, that of people tied to each other together."""
    await require_head(head)
    async for entries in whole.evidence(fiscal_year=fiscal_year, upto=head.position):
        yield entries


async def require_head(head: Link) -> None:
    """Raise `LedgerDiffers` unless the ledger holds this link; the empty ledger's head is in every one."""
    if head != Link(0, GENESIS) and not await queries.is_in_chain(position=head.position, digest=head.digest):
        raise LedgerDiffers
