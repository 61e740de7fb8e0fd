"""What a round's votes say: read from the tables, worked out beside the loop, kept by the digest of the inputs."""

import asyncio
import datetime as dt
from collections import OrderedDict

from app.awards.calibration import Score
from app.awards.deciding import by_scores
from app.awards.deciding.compute import compute
from app.awards.deciding.inputs import Compared, Competing, Inputs, Judged, Ordered, digest
from app.awards.deciding.lines import Ranking
from app.awards.entering import field
from app.awards.reach import RoundRef
from app.awards.scoring import orders, pairs, sheets
from app.awards.setting import rules
from app.core.errors import NotFound

MOST_KEPT = 64
"""Rankings kept in a process; some hundred kilobytes each at most."""
_kept: OrderedDict[str, asyncio.Future[Ranking]] = OrderedDict()


async def inputs(found: RoundRef, *, now: dt.datetime) -> Inputs:
    """Return everything that the ranking of a round follows from. Raises `NotFound` before the round has opened."""
    if found.rules is None:
        raise NotFound
    pinned = rules.decode(found.rules)
    competing = await field.in_round(found)
    mine = {str(one.id) for one in competing}
    return Inputs(
        method=pinned.method,
        best=pinned.best,
        missing_rule=pinned.missing_rule,
        tie_rule=pinned.tie_rule,
        public_percent=pinned.public_percent,
        rubric=pinned.rubric,
        entries=tuple(Competing(str(one.id), one.number) for one in competing),
        sheets=tuple(one for one in await _sheets(found) if one.entry in mine),
        comparisons=tuple(one for one in await _comparisons(found) if {one.first, one.second} <= mine),
        orders=tuple(await _orders(found, mine)),
        votes=await _votes(found, now),
    )


async def _sheets(found: RoundRef) -> list[Judged]:
    return [
        Judged(entry=str(s.entry), judge=s.pseudonym, values=s.values, verdict=s.verdict, abstained=s.abstained)
        for s in await sheets.submitted(found)
    ]


async def _comparisons(found: RoundRef) -> list[Compared]:
    return [
        Compared(c.pseudonym, str(c.first), str(c.second), str(c.better) if c.better else None)
        for c in await pairs.comparisons(found)
    ]


async def _orders(found: RoundRef, mine: set[str]) -> list[Ordered]:
    return [
        Ordered(o.pseudonym, tuple(str(entry) for entry in o.entries if str(entry) in mine))
        for o in await orders.ballots(found)
    ]


async def _votes(found: RoundRef, now: dt.datetime) -> dict[str, int] | None:
    """Return the public's votes where they weigh; None until the round is over, and the vote, as `tally` sees to."""
    if not found.public_percent or not sheets.is_over(found, now):
        return None
    from app.awards.releasing.votes import tally  # noqa: PLC0415  # what is released stands on what is decided

    counts = await tally(found, now=now)
    return None if counts is None else {str(entry): count for entry, count in counts.items()}


async def scores(found: RoundRef, *, now: dt.datetime) -> list[Score]:
    """Return the scores that count, 0 to 100, by entry id and pseudonym."""
    return by_scores.scores_of(await inputs(found, now=now))


async def ranking(found: RoundRef, *, now: dt.datetime) -> Ranking:
    """Return what the votes of a round say as they stand. Raises `NotFound` before the round has opened."""
    return await computed(await inputs(found, now=now))


async def computed(asked: Inputs) -> Ranking:
    """Work a ranking out in a thread, once for the same inputs however many ask."""
    key = digest(asked)
    if key not in _kept:
        _kept[key] = asyncio.ensure_future(asyncio.to_thread(compute, asked))
        _forget_oldest()
    _kept.move_to_end(key)
    try:
        return await asyncio.shield(_kept[key])
    except Exception:
        _kept.pop(key, None)
        raise


def _forget_oldest() -> None:
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)
