"""Who stands behind entries, as judges are compared with it and asked about it."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from app.awards.conflict_match import ties
from app.awards.conflicts.schemas import Party
from app.awards.entering import members
from app.awards.entering.members import MemberRow, Parties


async def compared(entries: Sequence[UUID]) -> dict[UUID, list[ties.Party]]:
    """Return the parties of each entry as names are compared, those who have left since a version among them."""
    rows = await members.of_entries(entries, with_gone=True)
    known = await members.parties(entries)
    return {entry: [*map(_compared, rows[entry]), *_others(rows[entry], known[entry])] for entry in entries}


def _compared(member: MemberRow) -> ties.Party:
    names = tuple(name for name in (member.name, member.reading) if name)
    return ties.Party(names, member.organisation, is_city=member.kind == "city")


def _others(rows: Iterable[MemberRow], known: Parties) -> Iterable[ties.Party]:
    """Yield who nominated the entry: persons, and no member."""
    told = {name for row in rows for name in (row.name, row.reading)}
    names = tuple(name for name in known.persons if name not in told)
    return [ties.Party(names, "")] if names else []


async def shown(entries: Sequence[UUID]) -> dict[UUID, list[Party]]:
    """Return the parties of each entry as a declaration shows them, without those who have left."""
    rows = await members.of_entries(entries)
    known = await members.parties(entries)
    return {
        entry: [
            *(Party(row.organisation, row.name, row.country) for row in rows[entry]),
            *(Party("", name, "") for one in _others(rows[entry], known[entry]) for name in one.names),
        ]
        for entry in entries
    }
