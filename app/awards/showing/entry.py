"""The one way to the content of an entry, for pages, programs, mails and lists alike.

Whoever may not see an entry gets the same as for one that does not exist: one statement looks, finds nothing, and
`NotFound` says so. Nothing is read, decoded or hidden before that is decided.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg

from app.awards import reach
from app.awards.blinding import Names, hiding
from app.awards.conflicts.recusals import free_to_judge
from app.awards.entering.members import parties
from app.awards.reach import RoundRef, Texts
from app.awards.releasing import released
from app.awards.schemas import ResultLine, Said
from app.awards.showing.readers import Judge, Member, Public, Reader, Secretary, Voter
from app.awards.showing.shown import Shown, blinded, names_of, whole, whole_title
from app.core.db import fetch, fetch_one
from app.core.errors import NotFound

MAY_JUDGE = f"""
r.opened_at IS NOT NULL AND e.state = 'submitted' AND g.award = j.award
AND {free_to_judge("j.id", "e.id")}
AND EXISTS (
    SELECT FROM assignment a WHERE a.round = r.id AND a.entry = e.id AND a.removed_at IS NULL AND (
        a.judge = j.id OR (
            r.state <> 'open' AND r.peers <> 'own'
            AND EXISTS (SELECT FROM panel_seat p WHERE p.round = r.id AND p.judge = j.id AND p.left_at IS NULL)
        )
    )
)
"""
"""That judge `j` may see entry `e` in round `r` of category `g`: it opened, nothing ties them, and the entry is the
judge's to judge, or the judge sits on a panel that shares its sheets and nothing is judged any more."""
_TO_JUDGE = f"""
SELECT e.id, e.number, v.body, v.digest FROM judge j, award_round r JOIN award_category g ON g.id = r.category
JOIN award_entry e ON e.category = g.id JOIN entry_version v ON v.id = e.pinned
WHERE j.id = $1 AND r.id = $2 AND e.id = ANY($3::uuid[]) AND {MAY_JUDGE} ORDER BY e.number
"""
_HANDED_IN = """
coalesce(e.pinned, (SELECT l.id FROM entry_version l WHERE l.entry = e.id ORDER BY l.number DESC LIMIT 1))
"""
_TO_MEMBER = f"""
SELECT e.id, e.number, v.body, v.digest FROM entry_member m JOIN award_entry e ON e.id = m.entry
JOIN entry_version v ON v.id = {_HANDED_IN}
WHERE m.id = $1 AND e.id = ANY($2::uuid[]) AND m.removed_at IS NULL
"""
_TO_SECRETARY = f"""
SELECT e.id, e.number, v.body, v.digest FROM award_entry e JOIN award_category g ON g.id = e.category
JOIN entry_version v ON v.id = {_HANDED_IN}
WHERE e.id = ANY($1::uuid[]) AND ($2::uuid[] IS NULL OR g.award = ANY($2)) AND ($3::uuid IS NULL OR e.category = $3)
ORDER BY e.number
"""
_TO_VOTER = """
SELECT e.id, e.number, v.body FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type
JOIN award a ON a.convention = y.convention JOIN award_category g ON g.award = a.id
JOIN award_round r ON r.category = g.id JOIN award_entry e ON e.category = g.id JOIN entry_version v ON v.id = e.pinned
WHERE t.id = $1 AND r.id = $2 AND e.id = ANY($3::uuid[]) AND t.state = 'valid' AND e.state = 'submitted'
AND a.published_at IS NOT NULL AND r.opened_at IS NOT NULL AND r.vote_opens_at <= $4 AND $4 < r.vote_closes_at
ORDER BY e.number
"""
_AWARD_OF = "SELECT g.award FROM award_entry e JOIN award_category g ON g.id = e.category WHERE e.id = $1"


async def entry_for(reader: Reader, entry: UUID, round: RoundRef | None) -> Shown:  # noqa: A002  # as callers name it
    """Return what a reader may see of an entry, in a round for judges. Raises `NotFound`."""
    found = await entries_for(reader, [entry], round)
    if entry not in found:
        raise NotFound
    return found[entry]


async def entries_for(
    reader: Reader,
    ids: Sequence[UUID],
    round: RoundRef | None,  # noqa: A002
) -> dict[UUID, Shown]:
    """Return what a reader may see of those entries that he may see at all, by number."""
    if isinstance(reader, Public):
        return await _to_public(ids)
    if isinstance(reader, Voter):
        return await _to_voter(reader, ids, round)
    rows = await _rows(reader, ids, round)
    if not isinstance(reader, Judge) or round is None or not round.blind:
        return {row["id"]: whole(row["id"], row["number"], row["body"], row["digest"]) for row in rows}
    names = await _names({row["id"]: row for row in rows})
    return {row["id"]: blinded(row["id"], row["number"], row["body"], names[row["id"]]) for row in rows}


async def titles_for(
    reader: Secretary | Judge | Member,
    ids: Sequence[UUID],
    round: RoundRef | None,  # noqa: A002
) -> dict[UUID, Texts]:
    """Return the titles of those entries that a reader may see, as `entries_for` has them."""
    rows = {row["id"]: row for row in await _rows(reader, ids, round)}
    titles = {entry: whole_title(row["body"]) for entry, row in rows.items()}
    if not isinstance(reader, Judge) or round is None or not round.blind:
        return titles
    names = await _names(rows)
    return {
        entry: {tag: hiding(names[entry]).hide(words) for tag, words in title.items()}
        for entry, title in titles.items()
    }


async def _names(rows: Mapping[UUID, asyncpg.Record]) -> dict[UUID, Names]:
    """Return what has to be hidden of each entry: the parties as they are known now, and as the version names them."""
    known = await parties(list(rows))
    return {
        entry: names_of(row["body"], known[entry].persons, known[entry].organisations) for entry, row in rows.items()
    }


async def _rows(
    reader: Secretary | Judge | Member,
    ids: Sequence[UUID],
    round: RoundRef | None,  # noqa: A002
) -> list[asyncpg.Record]:
    if isinstance(reader, Judge):
        return await fetch(_TO_JUDGE, reader.judge, round.id if round else None, list(ids))
    if isinstance(reader, Member):
        return await fetch(_TO_MEMBER, reader.member, list(ids))
    if reader.principal.role not in {"secretary", "officer", "admin"}:
        return []
    return await fetch(_TO_SECRETARY, list(ids), reader.principal.scope.awards, round.category if round else None)


async def _to_voter(reader: Voter, ids: Sequence[UUID], round: RoundRef | None) -> dict[UUID, Shown]:  # noqa: A002
    """Return title and summary of what a ticket may vote for, in a blind round without names."""
    if round is None:
        return {}
    rows = {row["id"]: row for row in await fetch(_TO_VOTER, reader.ticket, round.id, list(ids), reader.now)}
    names = await _names(rows) if round.blind else {}
    found = {}
    for entry, row in rows.items():
        one = blinded(entry, row["number"], row["body"], names[entry]) if round.blind else whole(
            entry, row["number"], row["body"], b""
        )  # fmt: skip
        texts = {field: said for field, said in one.texts.items() if field in {"title", "summary"}}
        found[entry] = Shown(id=entry, number=one.number, texts=texts, blind=round.blind)
    return found


async def _to_public(ids: Sequence[UUID]) -> dict[UUID, Shown]:
    """Return title and summary of those among the entries that have won, once that was released."""
    found: dict[UUID, Shown] = {}
    for entry in ids:
        row = await fetch_one(_AWARD_OF, entry)
        results = await released.of_award(await reach.any_award(row["award"])) if row else []
        lines = [line for one in results for line in one.result.winners if line.entry == entry]
        if lines:
            found[entry] = _winner(lines[0])
    return found


def _winner(line: ResultLine) -> Shown:
    said = {"title": line.title, "summary": line.summary}
    texts = {field: {tag: Said(text) for tag, text in words.items()} for field, words in said.items()}
    return Shown(id=line.entry, number=line.number, texts=texts, members=line.members)
