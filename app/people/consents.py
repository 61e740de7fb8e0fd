"""Texts people agree to, in versions: drafts are written, published ones never change, retired ones are kept.

Who agreed to what, and when, stands in `consent` by the version. Of each purpose one version is current at a time.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID, uuid4

import asyncpg
import msgspec

from app.core import audit
from app.core.db import after_commit, fetch, fetch_one, transaction
from app.core.errors import DomainError, FieldError, Invalid, NotFound
from app.core.i18n import DEFAULT, LANGUAGES, Text, gettext_lazy
from app.core.i18n import gettext as _
from app.core.signing import capability, open_capability
from app.core.validation import Line, Paragraph, Slug

REMEMBERED = dt.timedelta(seconds=2)
"""How long a process trusts the texts it has read: what another process publishes is seen by then."""

Purpose = Literal["terms", "news", "sharing", "photos"]
PURPOSES: dict[str, str] = {
    "terms": gettext_lazy("Terms of participation, and what registering needs"),
    "news": gettext_lazy("News of coming conventions by mail"),
    "sharing": gettext_lazy("Passing details on to organisers of linked events"),
    "photos": gettext_lazy("Pictures and recordings of the events"),
}
"""What a text is for, in words."""


class ConsentTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What officers write: a version's name and its words by language. Japanese and English are needed."""

    purpose: Purpose
    version: Slug
    title: dict[str, Line] = {}
    body: dict[str, Paragraph] = {}
    required: bool = False


class ConsentText(msgspec.Struct, frozen=True):
    """A text in one version; a draft until `published_at`, history from `retired_at` on."""

    id: UUID
    purpose: str
    version: str
    required: bool
    title: Text
    body: Text
    created_at: dt.datetime
    published_at: dt.datetime | None
    retired_at: dt.datetime | None

    @property
    def state(self) -> str:
        """One of draft, published, retired."""
        if self.published_at is None:
            return "draft"
        return "retired" if self.retired_at else "published"


class VersionTaken(DomainError):
    """Another text has this version's name."""

    title = gettext_lazy("There is a text with this version already; please give this one another.")


class NotADraft(DomainError):
    """A published text never changes: people agreed to it as it stands."""

    title = gettext_lazy("This text was published and no longer changes; please write a new version.")


_remembered: list[tuple[dt.datetime, list[ConsentText]]] = []

_COLUMNS = "id, purpose, version, required, title, body, created_at, published_at, retired_at"


def _text(row: asyncpg.Record) -> ConsentText:
    words = {name: msgspec.json.decode(row[name]) for name in ("title", "body")}
    return ConsentText(**(dict(row) | words))


async def current_texts(now: dt.datetime) -> list[ConsentText]:
    """Return the published texts, required ones first: what a form shows, and what one may agree to.

    At most `REMEMBERED` old, so a registration costs no statement more.
    """
    if _remembered and _remembered[0][0] - REMEMBERED <= now < _remembered[0][0]:
        return _remembered[0][1]
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM consent_text WHERE published_at <= $1 AND (retired_at IS NULL OR retired_at > $1)"
        " ORDER BY required DESC, published_at, version",
        now,
    )
    found = [_text(row) for row in rows]
    _remembered[:] = [(now + REMEMBERED, found)]
    return found


def forget() -> None:
    """Forget the texts read: after a change in this process, or between tests."""
    _remembered.clear()


async def _forget_later() -> None:
    forget()


def _changed() -> None:
    forget()
    after_commit(_forget_later)


async def all_texts() -> list[ConsentText]:
    """Return every text: drafts first, then the newest."""
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM consent_text ORDER BY published_at IS NOT NULL, retired_at IS NOT NULL,"
        " purpose, coalesce(published_at, created_at) DESC"
    )
    return [_text(row) for row in rows]


async def one_text(text: UUID) -> ConsentText:
    """Return one text, or raise `NotFound`."""
    row = await fetch_one(f"SELECT {_COLUMNS} FROM consent_text WHERE id = $1", text)
    if row is None:
        raise NotFound
    return _text(row)


def wrong_words(title: Mapping[str, object], body: Mapping[str, object]) -> list[FieldError]:
    """List the languages that lack, and those we do not speak: everybody must be able to read what they agree to."""
    errors = []
    for name, words in (("title", title), ("body", body)):
        errors += [
            FieldError(f"{name}.{tag}", "required", _("This is needed.")) for tag in (DEFAULT, "ja") if tag not in words
        ]
        errors += [
            FieldError(f"{name}.{tag[:20]}", "unknown", _("There is no such field."))
            for tag in words
            if tag not in LANGUAGES
        ]
    return errors


def _check(texts: ConsentTexts) -> None:
    errors = wrong_words(texts.title, texts.body)
    if errors:
        raise Invalid(errors)


async def add(*, texts: ConsentTexts, actor: str, now: dt.datetime) -> UUID:
    """Write a draft and return its id; raises `Invalid`, `VersionTaken`."""
    _check(texts)
    text = uuid4()
    async with transaction():
        added = await fetch_one(
            "INSERT INTO consent_text (id, purpose, version, required, title, body, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (version) DO NOTHING RETURNING id",
            text,
            *_values(texts),
            now,
        )
        if added is None:
            raise VersionTaken
        await _note(actor, "add", texts.version, now)
    return text


async def _note(actor: str, what: str, version: str, now: dt.datetime) -> None:
    await audit.record(actor=actor, action=f"consent-text.{what}", subject=f"consent-text:{version}", now=now)


def _values(texts: ConsentTexts) -> Sequence[Any]:
    words = [msgspec.json.encode(part).decode() for part in (texts.title, texts.body)]
    return texts.purpose, texts.version, texts.required, *words


async def change(*, text: UUID, texts: ConsentTexts, actor: str, now: dt.datetime) -> None:
    """Write a draft anew; raises `Invalid`, `NotFound`, `NotADraft`, `VersionTaken`."""
    _check(texts)
    async with transaction():
        await _locked(text, draft=True)
        try:
            async with transaction():
                await fetch(
                    "UPDATE consent_text SET purpose = $2, version = $3, required = $4, title = $5, body = $6"
                    " WHERE id = $1",
                    text,
                    *_values(texts),
                )
        except asyncpg.UniqueViolationError as error:
            raise VersionTaken from error
        await _note(actor, "change", texts.version, now)


async def _locked(text: UUID, *, draft: bool) -> asyncpg.Record:
    row = await fetch_one(
        "SELECT version, purpose, published_at, retired_at FROM consent_text WHERE id = $1 FOR UPDATE", text
    )
    if row is None:
        raise NotFound
    if draft and row["published_at"] is not None:
        raise NotADraft
    return row


async def publish(*, text: UUID, actor: str, now: dt.datetime) -> None:
    """Publish a draft; the version of this purpose that was current retires at the same moment."""
    async with transaction():
        row = await _locked(text, draft=True)
        await fetch(
            "UPDATE consent_text SET retired_at = $2 WHERE purpose = $1 AND published_at IS NOT NULL"
            " AND retired_at IS NULL",
            row["purpose"],
            now,
        )
        await fetch("UPDATE consent_text SET published_at = $2 WHERE id = $1", text, now)
        await _note(actor, "publish", row["version"], now)
        _changed()


async def retire(*, text: UUID, actor: str, now: dt.datetime) -> None:
    """Take a published text out of the forms; what was agreed to stays. A second time changes nothing."""
    async with transaction():
        row = await _locked(text, draft=False)
        if row["published_at"] is None:
            raise NotFound
        if row["retired_at"] is None:
            await fetch("UPDATE consent_text SET retired_at = $2 WHERE id = $1", text, now)
            await _note(actor, "retire", row["version"], now)
            _changed()


async def discard(*, text: UUID, actor: str, now: dt.datetime) -> None:
    """Delete a draft; raises `NotFound`, `NotADraft`."""
    async with transaction():
        row = await _locked(text, draft=True)
        await fetch("DELETE FROM consent_text WHERE id = $1", text)
        await _note(actor, "discard", row["version"], now)


async def agreed(versions: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return, for each version, how many people agreed to it and how many of them took it back."""
    rows = await fetch(
        "SELECT text, count(*) AS given, count(withdrawn_at) AS withdrawn FROM consent WHERE text = ANY($1::text[])"
        " GROUP BY text",
        list(versions),
    )
    return {row["text"]: (row["given"], row["withdrawn"]) for row in rows}


class Given(msgspec.Struct, frozen=True):
    """That a person agreed to a text. `optional` ones can be taken back; `body` is the text itself."""

    id: UUID
    person: UUID
    version: str
    given_at: dt.datetime
    withdrawn_at: dt.datetime | None
    optional: bool
    title: Text
    body: Text


async def given_by(persons: Sequence[UUID]) -> list[Given]:
    """Return what these persons agreed to, oldest first."""
    rows = await fetch(
        "SELECT c.id, c.person, c.text AS version, c.given_at, c.withdrawn_at, NOT coalesce(t.required, true)"
        " AS optional, coalesce(t.title, '{}') AS title, coalesce(t.body, '{}') AS body"
        " FROM consent c LEFT JOIN consent_text t ON t.version = c.text WHERE c.person = ANY($1::uuid[])"
        " ORDER BY c.given_at, c.text",
        list(persons),
    )
    words = ("title", "body")
    return [Given(**(dict(row) | {name: msgspec.json.decode(row[name]) for name in words})) for row in rows]


def withdrawal_token(consent: UUID) -> str:
    """Return the token of the link by which whoever gets such mail takes an optional consent back."""
    return capability("withdraw-consent", consent)


async def by_link(token: str) -> Given:
    """Return the optional consent behind a link, or raise `NotFound`."""
    ids = open_capability("withdraw-consent", token)
    row = await fetch_one("SELECT person FROM consent WHERE id = $1", ids[0]) if ids else None
    found = await given_by([row["person"]]) if row else []
    for given in found:
        if ids and given.id == ids[0] and given.optional:
            return given
    raise NotFound


async def withdraw(*, consent: UUID, persons: Sequence[UUID], now: dt.datetime) -> None:
    """Take back an optional consent of one of `persons`; a second time changes nothing. Raises `NotFound`."""
    found = {given.id for given in await given_by(persons) if given.optional}
    if consent not in found:
        raise NotFound
    await fetch("UPDATE consent SET withdrawn_at = $2 WHERE id = $1 AND withdrawn_at IS NULL", consent, now)
