"""Which partners, agreements and sources somebody may touch: other people's are not found."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from app.core.db import fetch, fetch_one
from app.core.errors import NotFound
from app.exchange import terms
from app.exchange.agreeing.sealing import opened
from app.exchange.schemas import AgreementRef, Class, Kind, Publishes, Words
from app.people.roles import Principal

ROLES = frozenset({"partner", "officer", "admin"})
_words = msgspec.json.Decoder(Words).decode
_fields = msgspec.json.Decoder(dict[str, Class]).decode
_publishes = msgspec.json.Decoder(Publishes).decode


class PartnerRef(msgspec.Struct, frozen=True, kw_only=True):
    """A partner city as others need it."""

    id: UUID
    slug: str
    name: Words
    code: str
    url: str
    revision: int


class SourceRef(msgspec.Struct, frozen=True, kw_only=True):
    """A source with its partner's slug. `url_sealed` and `secret_sealed` are opened where they are used, no earlier."""

    id: UUID
    partner: UUID
    partner_slug: str
    agreement: UUID
    kind: Kind
    name: str
    url_sealed: bytes
    secret_sealed: bytes
    zone: str
    language: str
    refresh_seconds: int
    next_at: dt.datetime | None
    live_at: dt.datetime | None
    paused_at: dt.datetime | None
    failures: int
    etag: str
    last_modified: str
    file: bytes
    size: int
    read_at: dt.datetime | None
    created_at: dt.datetime
    revision: int

    @property
    def url(self) -> str:
        """The address that is pulled; "" for uploads and pushes."""
        return opened(self.url_sealed)

    @property
    def secret(self) -> str:
        """The key of signed pings; "" until there is one."""
        return opened(self.secret_sealed)


_PARTNER = "SELECT id, slug, name, code, url, revision FROM partner"
_SOURCE = """
SELECT s.id, s.partner, p.slug AS partner_slug, s.agreement, s.kind, s.name, s.url AS url_sealed,
       s.secret AS secret_sealed, s.zone, s.language, s.refresh_seconds, s.next_at, s.live_at, s.paused_at, s.failures,
       s.etag, s.last_modified, s.file, s.size, s.read_at, s.created_at, s.revision
FROM source s JOIN partner p ON p.id = s.partner
"""
_AGREEMENT = """
SELECT a.id, a.partner, a.valid_from, a.valid_until, a.renews, a.notice_days, a.notice_on, a.revoked_at, a.fields,
       a.onward, a.publishes, a.licence, a.attribution
FROM agreement a
"""


def as_id(key: str | UUID) -> UUID | None:
    """Return a key as an id, None when it is a slug."""
    if isinstance(key, UUID):
        return key
    try:
        return UUID(key)
    except ValueError:
        return None


def needed(key: str) -> UUID:
    """Return a key as an id. Raises `NotFound` when it is none."""
    made = as_id(key)
    if made is None:
        raise NotFound
    return made


async def partner(key: str | UUID, principal: Principal) -> PartnerRef:
    """Return a partner, by slug or id, for the office or for itself. Raises `NotFound`."""
    found = await any_partner(key)
    _require(found.id, principal)
    return found


async def any_partner(key: str | UUID) -> PartnerRef:
    """Return a partner, by slug or id, for nobody in particular. Raises `NotFound`."""
    made = as_id(key)
    row = await fetch_one(f"{_PARTNER} WHERE {'id' if made else 'slug'} = $1", made or key)
    if row is None:
        raise NotFound
    return PartnerRef(**{**dict(row), "name": _words(row["name"])})


def mine(principal: Principal) -> list[UUID] | None:
    """Return the partners that somebody reaches, None for all of them."""
    if principal.role not in ROLES:
        return []
    named = principal.scope.partners
    if named is None:
        return [] if principal.role == "partner" else None  # a partner's account always names its city
    return list(named)


def _require(of: UUID, principal: Principal) -> None:
    reached = mine(principal)
    if reached is not None and of not in reached:
        raise NotFound


async def source(key: str | UUID, principal: Principal) -> SourceRef:
    """Return a source, by id, for the office or the partner it belongs to. Raises `NotFound`."""
    found = await any_source(key)
    _require(found.partner, principal)
    return found


async def any_source(key: str | UUID) -> SourceRef:
    """Return a source, by id, for nobody in particular. Raises `NotFound`."""
    made = as_id(key)
    row = await fetch_one(f"{_SOURCE} WHERE s.id = $1", made) if made else None
    if row is None:
        raise NotFound
    return SourceRef(**dict(row))


async def sources_of(partner: UUID) -> list[SourceRef]:
    """Return the sources of a partner, the oldest first."""
    return [SourceRef(**dict(row)) for row in await fetch(f"{_SOURCE} WHERE s.partner = $1 ORDER BY s.id", partner)]


async def every_source() -> list[SourceRef]:
    """Return the sources of all partners, by partner, the oldest first."""
    return [SourceRef(**dict(row)) for row in await fetch(f"{_SOURCE} ORDER BY p.slug, s.created_at, s.id")]


async def agreement(key: str | UUID, principal: Principal) -> AgreementRef:
    """Return an agreement, by id, for the office or the partner it was made with. Raises `NotFound`."""
    found = await any_agreement(key)
    _require(found.partner, principal)
    return found


async def any_agreement(key: str | UUID) -> AgreementRef:
    """Return an agreement, by id, for nobody in particular. Raises `NotFound`."""
    made = as_id(key)
    row = await fetch_one(f"{_AGREEMENT} WHERE a.id = $1", made) if made else None
    if row is None:
        raise NotFound
    return as_agreement(row)


async def agreement_with(partner: PartnerRef, key: str | UUID) -> AgreementRef:
    """Return an agreement, by id, that was made with a partner. Raises `NotFound`."""
    found = await any_agreement(key)
    if found.partner != partner.id:
        raise NotFound
    return found


async def source_from(partner: PartnerRef, key: str | UUID) -> SourceRef:
    """Return a source, by id, of a partner. Raises `NotFound`."""
    found = await any_source(key)
    if found.partner != partner.id:
        raise NotFound
    return found


async def agreement_of(source: UUID) -> AgreementRef:
    """Return the agreement that a source hangs on. Raises `NotFound`."""
    row = await fetch_one(f"{_AGREEMENT} JOIN source s ON s.agreement = a.id WHERE s.id = $1", source)
    if row is None:
        raise NotFound
    return as_agreement(row)


async def agreements_of(partner: UUID) -> list[AgreementRef]:
    """Return the agreements with a partner, the latest first."""
    sql = f"{_AGREEMENT} WHERE a.partner = $1 ORDER BY a.valid_from DESC, a.id"
    return [as_agreement(row) for row in await fetch(sql, partner)]


async def valid_agreements(now: dt.datetime) -> list[AgreementRef]:
    """Return every agreement that is valid now, of all partners."""
    rows = await fetch(f"{_AGREEMENT} WHERE a.revoked_at IS NULL OR a.revoked_at > $1 ORDER BY a.id", now)
    found = [as_agreement(row) for row in rows]
    return [one for one in found if terms.state(one, now) == "valid"]


def as_agreement(row: Mapping[str, Any]) -> AgreementRef:
    """Return a row of `agreement` as rules need it."""
    decoded: dict[str, Any] = {
        "fields": _fields(row["fields"]),
        "publishes": _publishes(row["publishes"]),
        "attribution": _words(row["attribution"]),
    }
    return AgreementRef(**{name: decoded.get(name, row[name]) for name in AgreementRef.__struct_fields__})
