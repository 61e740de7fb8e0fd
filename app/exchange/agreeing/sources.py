"""Sources of partners: added, looked at, live, paused; always under an agreement that is valid."""

import datetime as dt
from uuid import UUID, uuid4

from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.i18n import language as spoken
from app.core.i18n import text
from app.core.settings import settings
from app.core.signing import new_token
from app.core.validation import check
from app.events import changes
from app.events.changes import unless
from app.events.errors import WrongState
from app.exchange import terms
from app.exchange.agreeing import agreements, partners, reach
from app.exchange.agreeing.edits import NewSource, PartnerEdit, SourceEdit
from app.exchange.agreeing.partners import note
from app.exchange.agreeing.reach import PartnerRef, SourceRef
from app.exchange.agreeing.sealing import sealed
from app.exchange.agreeing.zones import is_zone
from app.exchange.errors import AgreementNotValid, NothingReadYet
from app.exchange.fetching import addresses
from app.exchange.fetching.errors import Unreachable
from app.exchange.merging import queries
from app.exchange.schemas import AgreementRef
from app.exchange.words import said
from app.people.roles import Principal

_ADD = """
INSERT INTO source (id, agreement, partner, kind, name, url, zone, language, created_at, paused_at, secret, etag,
                    last_modified, file, size, refresh_seconds, failures, revision)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, '', '', '', '', 0, 3600, 0, 0)
"""
_CHANGE = "UPDATE source SET name = $2, zone = $3, language = $4, revision = revision + 1 WHERE id = $1"
_NEW_ADDRESS = "UPDATE source SET url = $2, etag = '', last_modified = '', failures = 0 WHERE id = $1"
_LIVE = """
UPDATE source SET live_at = coalesce(live_at, $2), paused_at = NULL, failures = 0, revision = revision + 1,
  next_at = CASE WHEN url = '' THEN NULL ELSE $2 END
WHERE id = $1 AND paused_at IS NOT NULL RETURNING id
"""
_PAUSE = "UPDATE source SET paused_at = $2, revision = revision + 1 WHERE id = $1 AND paused_at IS NULL RETURNING id"
_NEW_KEY = "UPDATE source SET secret = $2, revision = revision + 1 WHERE id = $1"
_PUSHED = "SELECT id FROM source WHERE agreement = $1 AND kind = 'push' ORDER BY created_at LIMIT 1"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('push_source' || $1::text, 0))"


async def add(*, principal: Principal, wish: NewSource, now: dt.datetime) -> SourceRef:
    """Add a source, paused and not live: it is to be looked at first. A city that is not a partner yet becomes one.

    Raises `Invalid`, `NotFound` for a partner out of reach, `AgreementNotValid`.
    """
    _refuse_wrong(wish)
    async with transaction():
        partner = await _partner(principal, wish, now)
        agreement = await _agreement(principal, partner, wish, now)
        made = await _insert(agreement, wish, now, name=wish.name or text(partner.name))
        await note(principal, "source.create", partner.id, now, source=str(made), kind=wish.kind)
        return await reach.any_source(made)


def _refuse_wrong(wish: NewSource) -> None:
    changes.refuse(
        [
            unless(wish.partner or wish.city, "partner", "required", _("Choose a partner, or name a new one.")),
            unless(wish.url or wish.kind != "page", "url", "required", _("This is needed.")),
            _odd_address(wish.kind, wish.url),
            _odd_zone(wish.zone),
        ]
    )
    refuse_address(wish.url)


def _odd_zone(zone: str) -> FieldError | None:
    return unless(is_zone(zone), "zone", "format", _("Give a time zone such as Asia/Tokyo."))


def _odd_address(kind: str, url: str) -> FieldError | None:
    return unless(not url or kind != "push", "url", "choice", _("What is pushed has no address."))


def refuse_address(url: str) -> None:
    """Raise `Invalid` for an address that must never be fetched; nothing is fetched here."""
    try:
        if url:
            addresses.target(url, allowed=settings().fetch_places)
    except Unreachable as error:
        raise Invalid([FieldError("url", "format", said(error.code))]) from None


async def _partner(principal: Principal, wish: NewSource, now: dt.datetime) -> PartnerRef:
    if wish.partner:
        return await reach.partner(wish.partner, principal)
    try:
        city = check({"name": {spoken(): wish.city}}, PartnerEdit)
    except Invalid as error:
        raise Invalid([FieldError("city", one.code, one.detail) for one in error.errors]) from None
    return await partners.create(principal=principal, wish=city, now=now)


async def _agreement(principal: Principal, partner: PartnerRef, wish: NewSource, now: dt.datetime) -> AgreementRef:
    """Return the agreement that was named, else the one that is valid; a partner without any gets the usual one."""
    found = await reach.agreements_of(partner.id)
    if not found:
        usual = agreements.proposed(partner, now=now)
        made = await agreements.create(principal=principal, partner=partner.id, wish=usual, now=now)
        return await reach.any_agreement(made)
    fit = [one for one in found if wish.agreement in {None, one.id} and terms.state(one, now) == "valid"]
    if not fit:
        raise AgreementNotValid
    return fit[0]


async def _insert(agreement: AgreementRef, wish: NewSource, now: dt.datetime, *, name: str) -> UUID:
    made = uuid4()
    values = (wish.kind, name, sealed(wish.url), wish.zone, wish.language, now)
    await fetch(_ADD, made, agreement.id, agreement.partner, *values)
    return made


async def push_source(agreement: UUID, *, now: dt.datetime) -> UUID:
    """Return the source that an agreement's pushes are kept under; the first push makes it, live at once.

    There is nothing to look at before: whoever pushes is the partner itself, under an agreement that is valid. Raises
    `AgreementNotValid`.
    """
    found = await reach.any_agreement(agreement)
    _require_valid(found, now)
    async with transaction():
        await fetch(_ONE_AT_A_TIME, str(agreement))
        row = await fetch_one(_PUSHED, agreement)
        made: UUID = row["id"] if row else await _insert(found, NewSource(kind="push"), now, name="API")
        if row is None:
            await fetch(_LIVE, made, now)
    return made


def _require_valid(agreement: AgreementRef, now: dt.datetime) -> None:
    if terms.state(agreement, now) != "valid":
        raise AgreementNotValid


async def require_valid(source: SourceRef, now: dt.datetime) -> None:
    """Raise `AgreementNotValid` unless the agreement of a source is valid."""
    _require_valid(await reach.any_agreement(source.agreement), now)


def edit_of(source: SourceRef) -> SourceEdit:
    """Return a source as its form shows it; its address is shown to nobody again."""
    return SourceEdit(name=source.name, zone=source.zone, language=source.language)


async def change(*, principal: Principal, source: SourceRef, seen: int, wish: SourceEdit, now: dt.datetime) -> None:
    """Change a source; another zone or language is read into every event with the next reading.

    Raises `Invalid`, `Outdated`.
    """
    changes.refuse([_odd_zone(wish.zone), _odd_address(source.kind, wish.url)])
    refuse_address(wish.url)
    async with transaction():
        held = await _locked(source)
        before = edit_of(held)
        changes.refuse_outdated(seen=seen, revision=held.revision, stored=before, sent=wish)
        await fetch(_CHANGE, source.id, wish.name, wish.zone, wish.language)
        if wish.url and wish.url != held.url:
            await fetch(_NEW_ADDRESS, source.id, sealed(wish.url))
        if wish.url or (wish.zone, wish.language) != (held.zone, held.language):
            await queries.read_again(source.id)
        fields = list(changes.difference(before, wish))
        await note(principal, "source.change", source.partner, now, source=str(source.id), fields=fields)


async def _locked(source: SourceRef) -> SourceRef:
    await fetch_one("SELECT 1 FROM source WHERE id = $1 FOR UPDATE", source.id)
    return await reach.any_source(source.id)


async def go_live(*, principal: Principal, source: SourceRef, now: dt.datetime) -> None:
    """Let a source be read by the schedule, and what it brings be shown.

    Raises `AgreementNotValid`, `NothingReadYet` before the first good reading, `WrongState` when it is live already.
    """
    await require_valid(source, now)
    if source.read_at is None and source.kind != "push":
        raise NothingReadYet
    await _turn(principal, source, _LIVE, "source.resume" if source.live_at else "source.live", now)


async def pause(*, principal: Principal, source: SourceRef, now: dt.datetime) -> None:
    """Stop reading a source; what it has brought stays. Raises `WrongState` when it is paused already."""
    await _turn(principal, source, _PAUSE, "source.pause", now)


async def _turn(principal: Principal, source: SourceRef, statement: str, action: str, now: dt.datetime) -> None:
    async with transaction():
        if await fetch_one(statement, source.id, now) is None:
            raise WrongState
        await note(principal, action, source.partner, now, source=str(source.id))


async def new_secret(*, principal: Principal, source: SourceRef, now: dt.datetime) -> str:
    """Draw a new key for signed pings and return it, once; the old one is worth nothing from now on.

    Raises `AgreementNotValid`.
    """
    await require_valid(source, now)
    drawn = new_token()
    async with transaction():
        await fetch(_NEW_KEY, source.id, sealed(drawn))
        await note(principal, "source.secret", source.partner, now, source=str(source.id))
    return drawn
