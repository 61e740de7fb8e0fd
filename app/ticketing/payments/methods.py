"""The ways in which an organiser, or the city, is paid: each is set up once for a convention."""

import datetime as dt
import re
import unicodedata
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Meta

from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError
from app.core.i18n import gettext as _
from app.core.validation import Line
from app.events import changes
from app.events.changes import unless
from app.events.edits import Edit, Paragraphs
from app.people.roles import Principal
from app.ticketing.payments.desk import Desk
from app.ticketing.payments.due import DAYS
from app.ticketing.payments.providers import PROVIDERS, Provider
from app.ticketing.registering import offers

_NUMBER = re.compile(r"T\d{13}")
_APART = re.compile(r"[\s-]+")


class MethodEdit(Edit, frozen=True):
    """A way to pay: how, within how many days, whether it is offered, and who stands on the receipts."""

    provider: Literal["bank_transfer", "cash"]
    instructions: Paragraphs = Paragraphs()
    days: Annotated[int, Meta(ge=1, le=90)] = DAYS
    enabled: bool = False
    issuer: Line = ""
    number: Line = ""


class OwnMethod(msgspec.Struct, frozen=True):
    """A way to pay as its payee works with it; without `id` it is not set up yet."""

    provider: Provider
    id: UUID | None
    edit: MethodEdit
    revision: int


_METHODS = """
SELECT id, provider, instructions, days, enabled, issuer, number, revision FROM payment_method
WHERE convention = $1 AND organiser IS NOT DISTINCT FROM $2
"""


async def of(at: Desk) -> list[OwnMethod]:
    """Return every way to pay, set up or not, in the order in which they are offered."""
    rows = {row["provider"]: row for row in await fetch(_METHODS, at.convention, at.organiser)}
    return [_own(way, rows.get(name)) for name, way in PROVIDERS.items()]


def _own(way: Provider, row: asyncpg.Record | None) -> OwnMethod:
    if row is None:
        return OwnMethod(way, None, MethodEdit(provider=way.name), 0)  # type: ignore[arg-type]  # one of PROVIDERS
    fields = {name: row[name] for name in ("days", "enabled", "issuer", "number")}
    edit = MethodEdit(
        provider=row["provider"], instructions=msgspec.json.decode(row["instructions"], type=Paragraphs), **fields
    )
    return OwnMethod(way, row["id"], edit, row["revision"])


def normal_number(typed: str) -> str:
    """Return a registration number as it is printed: T and 13 digits, half width, without spaces and hyphens."""
    return _APART.sub("", unicodedata.normalize("NFKC", typed)).upper()


_SAVE = """
INSERT INTO payment_method (id, convention, organiser, provider, instructions, days, enabled, issuer, number, revision)
VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, $8, 0)
ON CONFLICT (convention, organiser, provider) DO UPDATE SET (instructions, days, enabled, issuer, number, revision)
  = (EXCLUDED.instructions, EXCLUDED.days, EXCLUDED.enabled, EXCLUDED.issuer, EXCLUDED.number,
     payment_method.revision + 1)
RETURNING id
"""


async def save(*, at: Desk, edit: MethodEdit, seen: int, principal: Principal, now: dt.datetime) -> None:
    """Set up a way to pay, or change it. What is due already keeps its day.

    Raises `Outdated`, and `Invalid` with every wrong field.
    """
    edit = msgspec.structs.replace(edit, number=normal_number(edit.number))
    async with transaction():
        await fetch_one("SELECT 1 FROM convention WHERE id = $1 FOR NO KEY UPDATE", at.convention)
        before = {m.provider.name: m for m in await of(at)}[edit.provider]
        if before.id is not None:
            changes.refuse_outdated(seen=seen, revision=before.revision, stored=before.edit, sent=edit)
        changes.refuse([*_errors(edit), *([] if edit.enabled else [await _needed(at, edit)])])
        made = await fetch_one(
            _SAVE,
            at.convention,
            at.organiser,
            edit.provider,
            msgspec.json.encode(edit.instructions).decode(),
            edit.days,
            edit.enabled,
            edit.issuer.strip(),
            edit.number,
        )
        assert made is not None  # noqa: S101  # an upsert always answers
        await audit.record(
            actor=principal.actor,
            action="payment-method.save",
            subject=f"payment-method:{made['id']}",
            now=now,
            detail=changes.told(before.edit, edit),
        )
    offers.forget()


def _errors(edit: MethodEdit) -> list[FieldError | None]:
    told = edit.instructions != Paragraphs()
    return [
        unless(
            told or not edit.enabled or edit.provider != "bank_transfer",
            "instructions",
            "required",
            _("Write to which account people pay, in one language at least."),
        ),
        unless(
            not edit.number or _NUMBER.fullmatch(edit.number),
            "number",
            "format",
            _("The number is T and 13 digits, such as T1234567890123."),
        ),
    ]


_ON_SALE = """
SELECT count(*) AS types, EXISTS (SELECT FROM payment_method m WHERE m.convention = $1
    AND m.organiser IS NOT DISTINCT FROM $2 AND m.enabled AND m.provider <> $3) AS other
FROM ticket_type t WHERE t.convention = $1 AND t.organiser IS NOT DISTINCT FROM $2 AND t.public AND t.price > 0
"""


async def _needed(at: Desk, edit: MethodEdit) -> FieldError | None:
    """Refuse to close the only way to pay for tickets that are on sale."""
    row = await fetch_one(_ON_SALE, at.convention, at.organiser, edit.provider)
    words = _("Tickets for money are on sale, and there is no other way to pay. Close their sale first.")
    return unless(row is None or row["other"] or not row["types"], "enabled", "needed", words)
