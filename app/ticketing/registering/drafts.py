"""Registration forms that are not sent yet: kept sealed, so that nothing typed is lost, and deleted once sent."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from app.core.db import fetch, fetch_one, transaction
from app.core.i18n import Text
from app.core.signing import capability, derived, open_capability, seal, unseal
from app.ticketing.registering import holds, uploads

KEPT = dt.timedelta(days=14)
"""How long a form is kept that somebody saved to go on with later."""
PASSING = dt.timedelta(days=1)
"""How long one is kept of itself: until its sender comes back from looking something up."""
PURPOSE = "form-drafts"

Form = dict[str, Any]
"""A form as it was sent, nested: `{"email": ..., "party": [{"name": ...}], ...}`. Nothing of it is checked."""


class _Content(msgspec.Struct, frozen=True, omit_defaults=True):
    form: Form
    language: str = "en"
    tried: bool = False
    held: dict[str, int] = {}


class Draft(msgspec.Struct, frozen=True):
    """A form that is not sent yet. `tried`: it was sent and came back with errors.

    `held` are the tickets of each type, by slug, for which places were kept: until `held_until`, None once it is over.
    """

    id: UUID
    form: Form
    language: str
    tried: bool
    held: dict[str, int]
    held_until: dt.datetime | None
    expires_at: dt.datetime
    convention_slug: str
    convention_title: Text
    zone: str

    @property
    def token(self) -> str:
        """What stands for it in its address."""
        return draft_token(self.id)

    @property
    def address(self) -> str:
        """Where the form goes on."""
        return f"/{self.convention_slug}/register/{self.token}"


class Begun(msgspec.Struct, frozen=True):
    """A form begun by somebody signed in, as the own page lists it."""

    token: str
    convention_slug: str
    convention_title: Text
    people: int
    saved_at: dt.datetime
    expires_at: dt.datetime

    @property
    def address(self) -> str:
        """Where the form goes on."""
        return f"/{self.convention_slug}/register/{self.token}"


def draft_token(draft: UUID) -> str:
    """Return the token of a draft; whoever has it reads and changes the form."""
    return capability("draft", draft)


def draft_of(token: str) -> UUID | None:
    """Return the draft that a token names."""
    ids = open_capability("draft", token) if token else None
    return ids[0] if ids else None


_GET = """
SELECT d.id, d.sealed, d.expires_at, h.expires_at AS held_until, c.slug, c.title, c.zone FROM form_draft d
JOIN convention c ON c.id = d.convention LEFT JOIN hold h ON h.id = d.id AND h.expires_at > $3
WHERE d.id = $1 AND c.slug = coalesce($2, c.slug) AND d.expires_at > $3
"""


async def get(draft: UUID, *, convention: str | None = None, now: dt.datetime) -> Draft | None:
    """Return a draft, only of the `convention` of this slug if one is given; None when it was sent or is over."""
    row = await fetch_one(_GET, draft, convention, now)
    if row is None:
        return None
    content = msgspec.json.decode(unseal(derived(PURPOSE), row["sealed"]), type=_Content)
    return Draft(
        id=row["id"],
        form=content.form,
        language=content.language,
        tried=content.tried,
        held=content.held,
        held_until=row["held_until"] if content.held else None,
        expires_at=row["expires_at"],
        convention_slug=row["slug"],
        convention_title=msgspec.json.decode(row["title"]),
        zone=row["zone"],
    )


_KEEP = """
INSERT INTO form_draft (id, convention, account, sealed, created_at, saved_at, expires_at)
SELECT $1, c.id, $3, $4, $5, $5, $6 FROM convention c WHERE c.slug = $2
ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed, saved_at = excluded.saved_at,
    account = coalesce(form_draft.account, excluded.account),
    expires_at = greatest(form_draft.expires_at, excluded.expires_at)
WHERE form_draft.convention = excluded.convention
"""


async def keep(
    *,
    draft: UUID,
    convention: str,
    form: Form,
    language: str,
    now: dt.datetime,
    account: UUID | None = None,
    lasts: dt.timedelta = PASSING,
    tried: bool = False,
    held: Mapping[str, int] | None = None,
) -> None:
    """Keep a form as it is now, with the files sent with it; `account` of whoever is signed in."""
    async with transaction():
        sealed = _sealed(_Content(form, language, tried, dict(held or {})))
        await fetch(_KEEP, draft, convention, account, sealed, now, now + lasts)
        await uploads.renew(files_of(form), now=now)


_UPDATE = "UPDATE form_draft SET sealed = $2, saved_at = $3 WHERE id = $1 AND expires_at > $3 RETURNING id"


async def follow(*, draft: Draft, form: Form, now: dt.datetime) -> bool:
    """Keep what is being typed; a form sent or given up meanwhile does not come back. Return whether it was kept."""
    content = _Content(form, draft.language, draft.tried, draft.held)
    return await fetch_one(_UPDATE, draft.id, _sealed(content), now) is not None


def _sealed(content: _Content) -> bytes:
    return seal(derived(PURPOSE), msgspec.json.encode(content))


def files_of(form: Form) -> list[str]:
    """Return the tokens of the files sent with a form."""
    return [
        value
        for member in form.get("party", ())
        if isinstance(member.get("answers"), dict)
        for value in member["answers"].values()
        if isinstance(value, str) and uploads.uploads_of([value])
    ]


async def sent(draft: UUID) -> None:
    """Forget a form that has become a registration."""
    await fetch("DELETE FROM form_draft WHERE id = $1", draft)


async def give_up(draft: UUID, *, now: dt.datetime) -> None:
    """Forget a form, with the places kept for it and the files sent with it."""
    async with transaction():
        row = await fetch_one("DELETE FROM form_draft WHERE id = $1 RETURNING sealed", draft)
        await holds.release(hold=draft, now=now)
        if row is not None:
            form = msgspec.json.decode(unseal(derived(PURPOSE), row["sealed"]), type=_Content).form
            for token in files_of(form):
                await uploads.discard(token)


_OF_ACCOUNT = """
SELECT d.id, d.sealed, d.saved_at, d.expires_at, c.slug, c.title FROM form_draft d
JOIN convention c ON c.id = d.convention WHERE d.account = $1 AND d.expires_at > $2 ORDER BY d.saved_at DESC, d.id
"""


async def of_account(account: UUID, *, now: dt.datetime) -> list[Begun]:
    """Return the forms that somebody signed in has begun, the last first."""
    return [
        Begun(
            token=draft_token(row["id"]),
            convention_slug=row["slug"],
            convention_title=msgspec.json.decode(row["title"]),
            people=len(msgspec.json.decode(unseal(derived(PURPOSE), row["sealed"]), type=_Content).form["party"]),
            saved_at=row["saved_at"],
            expires_at=row["expires_at"],
        )
        for row in await fetch(_OF_ACCOUNT, account, now)
    ]
