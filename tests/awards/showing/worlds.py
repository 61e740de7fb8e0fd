"""Two worlds that differ only in who stands behind the entries of a blind round, and everybody who asks about them."""

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from app.awards.entering.files import PURPOSE
from app.awards.schemas import EntryBody, FileBody, MemberBody, Said
from app.core.db import fetch, fetch_one
from app.core.signing import derived, seal
from app.people.persons import seal_details
from app.people.schemas import Details
from tests.awards import blinding_files, planting
from tests.awards.planting import Entered, Field
from tests.clock import NOW


class World(Struct, frozen=True, kw_only=True):
    """Who stands behind every entry: what nobody but its members and the office may learn while a round is blind."""

    lead: str
    partner: str
    person: str
    kinds: tuple[str, str]
    countries: tuple[str, str]
    link: str
    address: str
    phone: str
    file: str


ONE = World(
    lead="Kanazawa Netsu K.K.",
    partner="Fjordvarme ApS",
    person="Haruka Mizushima",
    kinds=("company", "startup"),
    countries=("JP", "DK"),
    link="https://kanazawa-netsu.example/river",
    address="mizushima@kanazawa-netsu.example",
    phone="045-671-2121",
    file="Kanazawa deck of Mizushima.pdf",
)
TWO = World(
    lead="Isarwerke GmbH",
    partner="Öko Brücke Umwelttechnik AG",
    person="Sebastian Große-Wörmann",
    kinds=("university", "npo"),
    countries=("DE", "AT"),
    link="https://www.isarwerke.example/projekte/fluss-waerme",
    address="s.grosse-woermann@isarwerke.example",
    phone="+49 89 2180 0000",
    file="Isarwerke Vortrag.pdf",
)

THREE = World(
    lead="株式会社みなと環境",
    partner="Beau Séjour Énergie SARL",
    person="鈴木 花子",
    kinds=("city", "other"),
    countries=("JP", "FR"),
    link="https://minato-kankyo.example",
    address="hanako@minato-kankyo.example",
    phone="(045) 212-3456",
    file="みなと環境.pdf",
)
FIRST, TURNED = (ONE, TWO, THREE), (TWO, THREE, ONE)
"""Who stands behind which entry: in the second the same parties, each behind another entry."""
STRANGE = (TWO, TWO, ONE)
"""Other parties altogether."""


def body(world: World, n: int, file: UUID) -> EntryBody:
    """Return an entry that is the same in both worlds but for those who stand behind it, whom every field names."""
    said = {
        "title": f"River heat {n} by {world.lead}",
        "summary": f"{world.person} and {world.partner} heat the town, see {world.link}",
        "challenge": "The river is warm and nobody uses it.",
        "solution": f"{world.lead.upper()} builds the pump. Write to {world.address} or call {world.phone}.",
        "collaboration": f"{world.partner} measures, {world.lead} builds; {world.person} leads.",
    }
    return EntryBody(
        texts={name: {"en": Said(text)} for name, text in said.items()},
        members=(
            MemberBody(world.lead, world.kinds[0], world.countries[0], lead=True),  # type: ignore[arg-type]
            MemberBody(world.partner, world.kinds[1], world.countries[1]),  # type: ignore[arg-type]
        ),
        topics=("energy",),
        links=(world.link,),
        files=(FileBody(file, world.file, "application/pdf", 1000 + len(world.file), "00" * 32),),
    )


async def plant(*, blind: bool, **columns: Any) -> tuple[Field, list[UUID]]:
    """Plant a field with three parties, with one file for each entry; the first two judges judge everything."""
    found = await planting.field(entries_count=3, judges_count=3, blind=blind, **columns)
    files = [uuid4() for _ in found.entries]
    for entry, file in zip(found.entries, files, strict=True):
        await fetch(
            "INSERT INTO entry_file (id, entry, name, media_type, size, digest, sealed, created_at)"
            " VALUES ($1, $2, '', 'application/pdf', 0, '', '', $3)",
            *(file, entry.id, NOW),
        )
    await planting.assign(found.round, [(e.id, j.id) for e in found.entries for j in found.judges[:2]])
    await become(FIRST, found, files)
    return found, files


async def become(worlds: Sequence[World], found: Field, files: list[UUID]) -> None:
    """Put other people behind every entry, by hand: versions and what is pinned never change otherwise."""
    await fetch("SET session_replication_role = replica")
    for world, entry, file in zip(worlds, found.entries, files, strict=True):
        text = msgspec.json.encode(body(world, entry.number, file), order="sorted").decode()
        digest = hashlib.sha256(text.encode()).digest()
        await fetch("UPDATE entry_version SET body = $2, digest = $3 WHERE id = $1", entry.version, text, digest)
        await fetch(
            "UPDATE sheet SET version = $2 WHERE assignment IN (SELECT id FROM assignment WHERE entry = $1)",
            *(entry.id, digest),
        )
        await _become_members(world, entry, digest)
        await _become_file(world, file)
        await fetch("UPDATE award_entry SET draft = $2 WHERE id = $1", entry.id, _draft(text))
    await fetch("SET session_replication_role = DEFAULT")


def _draft(text: str) -> str:
    """Return the draft behind a version."""
    said = msgspec.json.decode(text)
    return msgspec.json.encode({name: said[name] for name in ("texts", "topics", "links")}).decode()


async def _become_members(world: World, entry: Entered, digest: bytes) -> None:
    organisations = (world.lead, world.partner)
    for n, (member, person) in enumerate(zip(entry.members, entry.persons, strict=True)):
        await fetch(
            "UPDATE entry_member SET organisation = $2, kind = $3, country = $4, signed_digest = $5 WHERE id = $1",
            *(member, organisations[n], world.kinds[n], world.countries[n], digest),
        )
        row = await fetch_one("SELECT key FROM person WHERE id = $1", person)
        assert row is not None
        details = Details(world.person if n == 0 else f"{world.person} {n}", f"{n}.{world.address}")
        await fetch(
            "UPDATE person_details SET sealed = $2 WHERE person = $1", person, seal_details(row["key"], details)
        )


async def _become_file(world: World, file: UUID) -> None:
    data, key = pdf_by(world.person), derived(PURPOSE)
    await fetch(
        "UPDATE entry_file SET name = $2, sealed = $3, size = $4, digest = $5, shared = NULL WHERE id = $1",
        *(file, seal(key, world.file.encode()), seal(key, data), len(data), hashlib.sha256(data).digest()),
    )


@cache
def pdf_by(name: str) -> bytes:
    """Return the same pages by somebody, who is named wherever a PDF can name somebody."""
    known = blinding_files.NAME
    blinding_files.NAME = name
    try:
        return blinding_files.pdf()
    finally:
        blinding_files.NAME = known


SECRETS = tuple(
    word.encode()
    for world in FIRST
    for word in (world.lead.split()[0], world.partner.split()[0], world.person.split()[-1], world.phone, world.file)
)
"""What no answer to somebody who may not know holds in either world."""
