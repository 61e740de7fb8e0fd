"""What a reader sees of an entry, with or without who stands behind it."""

from functools import lru_cache
from uuid import UUID

import msgspec
from msgspec import Struct

from app.awards.blinding import Names, hiding
from app.awards.emissions import Evidence, Gate
from app.awards.schemas import EntryBody, FileBody, MemberBody, Said, Texts
from app.ticketing.registering.uploads import ENDINGS


class ShownFile(Struct, frozen=True):
    """A file that goes with an entry; `size` in bytes, None where it would tell two originals apart."""

    id: UUID
    name: str
    media_type: str
    size: int | None


class Shown(Struct, frozen=True, kw_only=True):
    """An entry as its reader sees it. `digest` names the version in hex; "" where it would confirm a guess.

    With `blind` there are no members, links, names of files or digest, and names within texts are hidden.
    """

    id: UUID
    number: int
    texts: dict[str, dict[str, Said]]
    members: tuple[MemberBody, ...] = ()
    topics: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    files: tuple[ShownFile, ...] = ()
    evidence: Evidence | None = None
    digest: str = ""
    blind: bool = False

    @property
    def title(self) -> Texts:
        """The title in each language."""
        return self.words("title")

    def words(self, field: str) -> Texts:
        """Return a field in each language; {} for one that nobody has written."""
        return {tag: said.text for tag, said in self.texts.get(field, {}).items()}


def whole(entry: UUID, number: int, text: str, digest: bytes) -> Shown:
    """Return all of a version."""
    body = msgspec.json.decode(text, type=EntryBody)
    return Shown(
        id=entry,
        number=number,
        texts=body.texts,
        members=body.members,
        topics=body.topics,
        links=body.links,
        files=tuple(ShownFile(one.id, one.name, one.media_type, one.size) for one in body.files),
        evidence=body.evidence,
        digest=digest.hex(),
    )


class _Titled(Struct, frozen=True):
    texts: dict[str, dict[str, Said]]


def whole_title(text: str) -> Texts:
    """Return the title of a version in each language."""
    body = msgspec.json.decode(text, type=_Titled)
    return {tag: said.text for tag, said in body.texts.get("title", {}).items()}


@lru_cache(maxsize=256)
def blinded(entry: UUID, number: int, text: str, names: Names) -> Shown:
    """Return a version without whatever says who stands behind it.

    The digest is left out as well: it is made over the names too, so that whoever guesses them could see that he is
    right.
    """
    body = msgspec.json.decode(text, type=EntryBody)
    hide = hiding(names).hide
    return Shown(
        id=entry,
        number=number,
        texts={
            field: {tag: Said(hide(said.text), said.provenance) for tag, said in versions.items()}
            for field, versions in body.texts.items()
        },
        topics=tuple(map(hide, body.topics)),
        files=tuple(_file(n, one) for n, one in enumerate(body.files, 1)),
        evidence=_evidence(body.evidence, names),
        blind=True,
    )


def names_of(text: str, persons: tuple[str, ...], organisations: tuple[str, ...]) -> Names:
    """Return what has to be hidden: the parties as they are known now, and as the version names them."""
    body = msgspec.json.decode(text, type=_Parties)
    said = {member.organisation for member in body.members}
    return Names(tuple(sorted(persons)), tuple(sorted({*organisations, *said})))


class _Parties(Struct, frozen=True):
    members: tuple[MemberBody, ...] = ()


def _file(n: int, one: FileBody) -> ShownFile:
    return ShownFile(one.id, f"file-{n}{ENDINGS.get(one.media_type, '')}", one.media_type, None)


def _evidence(evidence: Evidence | None, names: Names) -> Evidence | None:
    if evidence is None:
        return None
    hide = hiding(names).hide
    words = {name: hide(getattr(evidence, name)) for name in ("functional_unit", "reference", "solution", "source")}
    gates = {name: Gate(gate.answer, hide(gate.reason)) for name, gate in evidence.gates.items()}
    return msgspec.structs.replace(evidence, **words, **gates)
