"""The result that the public reads, made of what the jury decided and of what the winners handed in."""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from app.awards.entering import field, versions
from app.awards.reach import RoundRef, Texts
from app.awards.releasing.bundle import Inputs
from app.awards.releasing.certificates import code_of
from app.awards.schemas import EntryBody, Result, ResultLine


async def result(
    release: UUID, found: RoundRef, given: Inputs, *, words: Mapping[UUID, Texts], digest: bytes, now: dt.datetime
) -> Result:
    """Return the result of a round; nobody has won while other rounds follow."""
    last, on = given.goes_on is None, set(given.goes_on or ())
    return Result(
        round=found.id,
        released_at=now,
        entries=len(given.entries),
        winners=tuple(await _winners(release, found, given, words)) if last else (),
        digest=digest.hex(),
        last=last,
        goes_on=tuple(one.id for one in given.entries if one.id in on),
        public_votes=None if given.votes is None else sum(given.votes.values()),
    )


async def _winners(release: UUID, found: RoundRef, given: Inputs, words: Mapping[UUID, Texts]) -> list[ResultLine]:
    pinned = {one.id: one for one in await field.in_round(found)}
    placed = sorted(given.decided.places if given.decided else (), key=lambda one: (one[1], pinned[one[0]].number))
    return [
        _line(release, pinned[entry], await versions.body_of(pinned[entry].version), place, given.votes, words)
        for entry, place in placed
        if place <= given.rules.best
    ]


def _line(  # noqa: PLR0917  # all of one winner
    release: UUID,
    one: field.FieldEntry,
    body: EntryBody,
    place: int,
    votes: Mapping[UUID, int] | None,
    words: Mapping[UUID, Texts],
) -> ResultLine:
    return ResultLine(
        entry=one.id,
        number=one.number,
        place=place,
        title=_texts(body, "title"),
        summary=_texts(body, "summary"),
        members=body.members,
        certificate=code_of(release, one.id),
        words=dict(words.get(one.id, {})),
        public_place=None if votes is None else 1 + sum(n > votes.get(one.id, 0) for n in votes.values()),
    )


def _texts(body: EntryBody, name: str) -> Texts:
    return {tag: said.text for tag, said in body.texts.get(name, {}).items()}
