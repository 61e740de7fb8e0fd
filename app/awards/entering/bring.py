"""Entries that a secretary's program brings, from a form elsewhere: drafts, whose members are asked as all others."""

import datetime as dt
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from app.awards.entering import begin, listed, members, promises
from app.awards.entering.drafts import DetailsEdit, Url, check_details, check_texts
from app.awards.entering.listed import Line, State
from app.awards.entering.members import MemberEdit
from app.awards.reach import AwardRef
from app.awards.schemas import FIELDS, EntryForm, MemberKind, Provenance, Said, Texts
from app.core import audit
from app.core.db import transaction
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.idempotency import KeyInProgress, check_key, claim_all, claim_of, earlier, restate
from app.core.validation import Slug
from app.people.roles import Principal


class SaidIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A field in one language, and how it was made."""

    text: Annotated[str, Meta(min_length=1, max_length=6000)]
    provenance: Provenance = "written"


class EntryIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry as it is brought; the first member leads. `texts` are by field and language."""

    category: Slug
    members: Annotated[tuple[MemberEdit, ...], Meta(min_length=1, max_length=members.MOST)]
    texts: dict[str, dict[str, SaidIn]] = {}
    topics: tuple[str, ...] = ()
    links: tuple[Url, ...] = ()


class MemberOut(Struct, frozen=True):
    """A member without its person; `signed` when it has signed off what is handed in."""

    organisation: str
    kind: MemberKind
    country: str
    lead: bool
    signed: bool


class EntryOut(Struct, frozen=True, kw_only=True):
    """An entry as the list has it; `digest` is that of the version handed in, in hex."""

    id: UUID
    number: int
    category: str
    origin: str
    state: State
    title: Texts
    languages: tuple[str, ...]
    topics: tuple[str, ...]
    members: tuple[MemberOut, ...]
    digest: str | None
    changed_at: dt.datetime
    submitted_at: dt.datetime | None


def out(line: Line) -> EntryOut:
    """Return a line of the list as programs read it."""
    party = tuple(
        MemberOut(
            one.organisation,
            one.kind,
            one.country,
            one.lead,
            line.digest is not None and one.signed_digest == line.digest,
        )
        for one in line.members
    )
    return EntryOut(
        id=line.id,
        number=line.number,
        category=line.category_slug,
        origin=line.origin,
        state=line.state,
        title=line.title,
        languages=line.languages,
        topics=line.topics,
        members=party,
        digest=line.digest.hex() if line.digest else None,
        changed_at=line.changed_at,
        submitted_at=line.submitted_at,
    )


async def bring(*, award: AwardRef, wish: EntryIn, key: str | None, principal: Principal, now: dt.datetime) -> bytes:
    """Add an entry as a draft and write to its members; return the answer, the same bytes for the same key.

    Raises `Invalid`, `EntriesClosed`, `KeyReused`, `KeyInProgress`, `BadRequest` without a key.
    """
    _check(award, wish)
    scope = f"entries:{award.id}:{principal.account}"
    claim = claim_of(scope=scope, key=check_key(key), request=msgspec.json.encode(wish), answer=b"")
    async with transaction():
        if not await claim_all([claim], now=now):
            known = await earlier(claim)
            if known is None:
                raise KeyInProgress
            return known
        entry = await _add(award, wish, principal, now)
        (line,) = [line for line in await listed.lines(award) if line.id == entry]
        answer = msgspec.json.encode(out(line))
        await restate(claim, answer)
    return answer


def _check(award: AwardRef, wish: EntryIn) -> None:
    for one in wish.members:
        members.check_country(one)
    unknown = [name for name in wish.texts if name not in FIELDS]
    unknown += [f"{name}.{tag}" for name, said in wish.texts.items() for tag in said if tag not in award.languages]
    if unknown:
        raise Invalid([FieldError(f"texts.{one}", "unknown", _("There is no such field.")) for one in unknown])
    for name, said in wish.texts.items():
        for words in said.values():
            check_texts({name: Said(words.text)})
    check_details(DetailsEdit(wish.topics, wish.links))


async def _add(award: AwardRef, wish: EntryIn, principal: Principal, now: dt.datetime) -> UUID:
    category = await begin.taking(award, wish.category, now)
    texts = {name: {tag: Said(s.text, s.provenance) for tag, s in said.items()} for name, said in wish.texts.items()}
    form = EntryForm(texts=texts, topics=wish.topics, links=wish.links)
    language = wish.members[0].language
    entry = await begin.add_entry(category.id, origin="self", language=language, form=form, now=now)
    for n, one in enumerate(wish.members):
        made = await members.put(entry, one, lead=n == 0, invited=True, now=now)
        await promises.promise("invited" if n else "started", made, now=now)
    await audit.record(
        actor=principal.actor,
        action="entry.bring",
        subject=f"entry:{entry}",
        now=now,
        detail={"award": str(award.id), "members": len(wish.members)},
    )
    return entry
