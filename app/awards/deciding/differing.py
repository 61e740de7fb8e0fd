"""How a decision differs from the order advised, and whether its places make sense. Pure."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from uuid import UUID

from app.core.i18n import gettext as _

LAST = 1 << 30
"""The place of an entry that has none."""


def wrong_places(placed: Mapping[UUID, int], entries: Sequence[UUID], *, passing: bool) -> Iterator[tuple[UUID, str]]:
    """Return the entries whose place cannot be: after two on place 1 comes place 3. Who passes has place 1."""
    counts = Counter(placed.values())
    for entry in entries:
        place = placed.get(entry)
        if place is None:
            continue
        expected = 1 if passing else 1 + sum(count for other, count in counts.items() if other < place)
        if place != expected:
            yield entry, _("By the places above it, this would be place %(place)s.", place=expected)


def unexplained(
    advised: Mapping[UUID, int | None], decided: Mapping[UUID, int], explained: Collection[UUID]
) -> list[UUID]:
    """Return as few entries as can be found that still need a reason, the most moved ones first.

    Two entries differ from the advice when it tells them apart and they do not stand in that order; a reason at one of
    the two is enough. Entries that the advice cannot tell apart may be in any order; without advice nothing differs.
    """
    open_ones = [entry for entry in advised if entry not in explained]
    against = {one: {other for other in open_ones if _differs(one, other, advised, decided)} for one in open_ones}
    found: list[UUID] = []
    while any(against.values()):
        most = min(against, key=lambda entry: (-len(against[entry]), *_risen(entry, advised, decided)))
        found.append(most)
        for other in against.pop(most):
            against[other].discard(most)
    return found


def _risen(entry: UUID, advised: Mapping[UUID, int | None], decided: Mapping[UUID, int]) -> tuple[int, int, str]:
    """Return what sorts entries that rose above others before those they rose above."""
    return decided.get(entry, LAST), -(advised[entry] or LAST), str(entry)


def unexplained_passes(
    advised: Mapping[UUID, int | None], decided: Mapping[UUID, int], explained: Collection[UUID]
) -> list[UUID]:
    """Return the entries that still need a reason where judges let pass: who passes otherwise than the votes say.

    Where nobody has a place by the votes there was no advice.
    """
    if not any(advised.values()):
        return []
    return [
        entry for entry, place in advised.items() if (place is None) == (entry in decided) and entry not in explained
    ]


def _differs(one: UUID, other: UUID, advised: Mapping[UUID, int | None], decided: Mapping[UUID, int]) -> bool:
    before, after = advised[one] or LAST, advised[other] or LAST
    mine, theirs = decided.get(one, LAST), decided.get(other, LAST)
    if mine == theirs == LAST:
        return False
    return (before < after and mine >= theirs) or (after < before and theirs >= mine)
