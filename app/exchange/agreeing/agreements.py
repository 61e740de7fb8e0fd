"""Agreements with partner cities: made, changed, ended by notice at the end of a term, or revoked at once."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from app.core.db import fetch, fetch_one, transaction
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.events import changes
from app.events.changes import unless
from app.events.edits import Lines
from app.events.errors import WrongState
from app.exchange import terms
from app.exchange.agreeing import reach
from app.exchange.agreeing.edits import LICENCES, AgreementEdit, FieldsEdit
from app.exchange.agreeing.partners import note
from app.exchange.agreeing.reach import PartnerRef
from app.exchange.schemas import AgreementRef, Publishes
from app.people.roles import Principal

_COLUMNS = (
    "title", "valid_from", "valid_until", "renews", "notice_days", "licence", "attribution", "fields", "onward",
    "publishes",
)  # fmt: skip
_MARKS = ", ".join(f"${n}" for n in range(2, 2 + len(_COLUMNS)))
_ADD = f"""
INSERT INTO agreement (id, {", ".join(_COLUMNS)}, partner, created_at, reminded_until, revision)
VALUES ($1, {_MARKS}, $12, $13, $14, 0)
"""
_SET = ", ".join(f"{name} = ${n}" for n, name in enumerate(_COLUMNS, 2))
_CHANGE = f"UPDATE agreement SET {_SET}, revision = revision + 1 WHERE id = $1"
_NOT_REVOKED = "agreement IN (SELECT id FROM agreement WHERE partner = $2 AND revoked_at IS NULL)"
_TAKE_OVER = (
    "UPDATE source SET agreement = $1, revision = revision + 1 WHERE partner = $2",
    f"UPDATE feed_token SET agreement = $1 WHERE revoked_at IS NULL AND {_NOT_REVOKED}",
    f"UPDATE ping_target SET agreement = $1 WHERE {_NOT_REVOKED}",
)
"""What goes on under a new agreement. What was revoked opened doors that stay shut: its tokens do not come along."""
_EXTRA = "SELECT title, revision FROM agreement WHERE id = $1"
_NOTICE = "UPDATE agreement SET notice_on = $2, revision = revision + 1 WHERE id = $1"
_REVOKE = (
    "UPDATE agreement SET revoked_at = $2, revision = revision + 1 WHERE id = $1 AND revoked_at IS NULL RETURNING id"
)


class Stored(Struct, frozen=True):
    """What an agreement's form shows, with the revision it was read at."""

    ref: AgreementRef
    edit: AgreementEdit
    revision: int


def proposed(partner: PartnerRef, *, now: dt.datetime) -> AgreementEdit:
    """Return the agreement that most cities make: a year from today, renewed each year, named as the city is."""
    day = terms.today(now)
    return AgreementEdit(
        title=_("Exchange of calendars"),
        valid_from=day,
        valid_until=terms.a_year_later(day, day.day) - dt.timedelta(days=1),
        renews=True,
        attribution=msgspec.convert(partner.name, Lines),
        scopes=("core", "linked"),
        partners=True,
        takes_over=True,
    )


async def stored(agreement: AgreementRef) -> Stored:
    """Return an agreement as its form shows it."""
    row = await fetch_one(_EXTRA, agreement.id)
    if row is None:
        raise NotFound
    is_known = agreement.licence in LICENCES
    edit = AgreementEdit(
        title=row["title"],
        valid_from=agreement.valid_from,
        valid_until=agreement.valid_until,
        renews=agreement.renews,
        notice_days=agreement.notice_days,
        licence=agreement.licence if is_known else "own",  # type: ignore[arg-type]  # one of `LICENCES`
        licence_words="" if is_known else agreement.licence,
        attribution=msgspec.convert(agreement.attribution, Lines),
        fields=_fields_edit(agreement),
        onward=agreement.onward,
        scopes=agreement.publishes.scopes,
        partners=agreement.publishes.partners,
    )
    return Stored(agreement, edit, row["revision"])


def _fields_edit(agreement: AgreementRef) -> FieldsEdit:
    """Return who may see which field; what an agreement does not name is confidential."""
    return FieldsEdit(**{name: agreement.fields.get(name, "confidential") for name in FieldsEdit.__struct_fields__})


async def create(*, principal: Principal, partner: UUID, wish: AgreementEdit, now: dt.datetime) -> UUID:
    """Add an agreement with a partner. Raises `Invalid`."""
    _refuse_wrong(wish)
    async with transaction():
        made, day = uuid4(), terms.today(now)
        await fetch(_ADD, made, *_values(wish), partner, now, day)
        for statement in _TAKE_OVER if wish.takes_over else ():
            await fetch(statement, made, partner)
        await note(principal, "agreement.create", partner, now, agreement=str(made), **changes.told(None, wish))
    return made


def _values(wish: AgreementEdit) -> tuple[Any, ...]:
    fields = {**msgspec.to_builtins(wish.fields), "email": "confidential"}
    publishes = Publishes(scopes=wish.scopes, partners=wish.partners)
    return (
        wish.title,
        wish.valid_from,
        wish.valid_until,
        wish.renews,
        wish.notice_days,
        wish.terms,
        *(msgspec.json.encode(value).decode() for value in (wish.attribution, fields)),
        wish.onward,
        msgspec.json.encode(publishes).decode(),
    )


def _refuse_wrong(wish: AgreementEdit) -> None:
    needed = _("This is needed.")
    changes.refuse(
        [
            unless(wish.valid_from <= wish.valid_until, "valid_until", "range", _("The end lies before the start.")),
            unless(wish.terms, "licence_words", "required", needed),
            unless(wish.attribution != Lines(), "attribution", "required", needed),
        ]
    )


async def change(
    *, principal: Principal, agreement: AgreementRef, seen: int, wish: AgreementEdit, now: dt.datetime
) -> None:
    """Change what was agreed. Raises `Invalid`, `Outdated`, and `WrongState` once it is revoked."""
    async with transaction():
        before = await _locked(agreement)
        changes.refuse_outdated(seen=seen, revision=before.revision, stored=before.edit, sent=wish)
        _refuse_wrong(wish)
        await fetch(_CHANGE, agreement.id, *_values(wish))
        told = changes.told(before.edit, wish)
        await note(principal, "agreement.change", agreement.partner, now, agreement=str(agreement.id), **told)


async def _locked(agreement: AgreementRef) -> Stored:
    await fetch_one("SELECT 1 FROM agreement WHERE id = $1 FOR UPDATE", agreement.id)
    found = await stored(await reach.any_agreement(agreement.id))
    if found.ref.revoked_at is not None:
        raise WrongState(_("This agreement is revoked. Make a new one."))
    return found


async def give_notice(*, principal: Principal, agreement: AgreementRef, day: dt.date, now: dt.datetime) -> None:
    """Write down that notice was given on a day: the agreement ends with the term, or, too late for it, the next one.

    Raises `Invalid` for a day to come or before the agreement, `WrongState` when it ends anyway.
    """
    words = _("Give a day between the start of the agreement and today.")
    async with transaction():
        found = (await _locked(agreement)).ref
        if not found.renews or found.notice_on is not None:
            raise WrongState
        changes.refuse([unless(found.valid_from <= day <= terms.today(now), "notice_on", "range", words)])
        await fetch(_NOTICE, agreement.id, day)
        await note(principal, "agreement.notice", agreement.partner, now, agreement=str(agreement.id), day=str(day))


async def take_notice_back(*, principal: Principal, agreement: AgreementRef, now: dt.datetime) -> None:
    """Let an agreement go on as if no notice had been given. Raises `WrongState` once it has ended."""
    async with transaction():
        found = (await _locked(agreement)).ref
        if found.notice_on is None or terms.state(found, now) == "ended":
            raise WrongState
        await fetch(_NOTICE, agreement.id, None)
        await note(principal, "agreement.notice_back", agreement.partner, now, agreement=str(agreement.id))


async def revoke(*, principal: Principal, agreement: AgreementRef, reason: str, now: dt.datetime) -> None:
    """End an agreement at once: nothing is fetched or shown any more. Raises `WrongState` when it is already."""
    async with transaction():
        if await fetch_one(_REVOKE, agreement.id, now) is None:
            raise WrongState
        detail = {"agreement": str(agreement.id), "reason": reason}
        await note(principal, "agreement.revoke", agreement.partner, now, **detail)
