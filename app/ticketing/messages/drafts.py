"""Messages to guests as they are written: drafts until they are sent, which happens once."""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from app.core import audit, once
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import DomainError, FieldError, Invalid, NotFound
from app.core.i18n import LANGUAGES, Text, gettext_lazy
from app.core.i18n import gettext as _
from app.events import desk
from app.events.edits import Edit, Lines, Paragraphs
from app.people.roles import Principal

Kind = Literal["service", "news"]
"""What a message is: something guests need to know for their visit, or news for those who agreed to get them."""


class MessageEdit(Edit, frozen=True):
    """The form of a message; one language is enough, and each needs both. `form` as in `once.row_id`."""

    kind: Kind = "service"
    form: UUID | None = None
    subject: Lines = Lines()
    body: Paragraphs = Paragraphs()


class Message(msgspec.Struct, frozen=True):
    """A message of an event; a draft until `sent_at`. `account` wrote or sent it, `recipients` are addresses."""

    id: UUID
    event: UUID
    kind: str
    subject: Text
    body: Text
    account: UUID
    recipients: int
    created_at: dt.datetime
    sent_at: dt.datetime | None

    @property
    def languages(self) -> list[str]:
        """The languages it is written in."""
        return [tag for tag in LANGUAGES if self.subject.get(tag)]


class AlreadySent(DomainError):
    """What was sent stays as it is."""

    title = gettext_lazy("This message was sent already, and stays as it is.")


_COLUMNS = "id, event, kind, subject, body, account, recipients, created_at, sent_at"


def read(row: asyncpg.Record) -> Message:
    """Return a row as a message."""
    words = {name: msgspec.json.decode(row[name]) for name in ("subject", "body")}
    return Message(**(dict(row) | words))


def edit_of(message: Message) -> MessageEdit:
    """Return the form of what is stored."""
    return msgspec.convert({"kind": message.kind, "subject": message.subject, "body": message.body}, MessageEdit)


async def of_event(*, event: UUID, principal: Principal) -> list[Message]:
    """Return the messages of an event, the newest first; raises `NotFound`."""
    await desk.own_event(principal=principal, event=event)
    return [
        read(row)
        for row in await fetch(
            f"SELECT {_COLUMNS} FROM message WHERE event = $1 ORDER BY created_at DESC, id LIMIT 200", event
        )
    ]


async def own(*, event: UUID, message: UUID, principal: Principal, lock: bool = False) -> Message:
    """Return a message of an event within reach, or raise `NotFound`."""
    await desk.own_event(principal=principal, event=event)
    row = await fetch_one(
        f"SELECT {_COLUMNS} FROM message WHERE id = $1 AND event = $2 {'FOR UPDATE' if lock else ''}", message, event
    )
    if row is None:
        raise NotFound
    return read(row)


async def add(*, event: UUID, edit: MessageEdit, principal: Principal, now: dt.datetime) -> UUID:
    """Write a draft and return its id; the same form sent twice makes one. Raises `Invalid`, `NotFound`."""
    _check(edit)
    await desk.own_event(principal=principal, event=event)
    message = once.row_id(edit.form, edit, principal.account)
    async with transaction():
        added = await fetch_one(
            "INSERT INTO message (id, event, kind, subject, body, account, recipients, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, 0, $7) ON CONFLICT (id) DO NOTHING RETURNING id",
            message,
            event,
            *_values(edit),
            principal.account,
            now,
        )
        if added:
            await note("write", message, event, principal, now)
    return message


async def change(*, event: UUID, message: UUID, edit: MessageEdit, principal: Principal, now: dt.datetime) -> None:
    """Write a draft anew; raises `AlreadySent`, `Invalid`, `NotFound`."""
    _check(edit)
    async with transaction():
        await draft(event=event, message=message, principal=principal)
        await fetch("UPDATE message SET kind = $2, subject = $3, body = $4 WHERE id = $1", message, *_values(edit))
        await note("change", message, event, principal, now)


async def discard(*, event: UUID, message: UUID, principal: Principal, now: dt.datetime) -> None:
    """Delete a draft; raises `AlreadySent`, `NotFound`."""
    async with transaction():
        await draft(event=event, message=message, principal=principal)
        await fetch("DELETE FROM message WHERE id = $1", message)
        await note("discard", message, event, principal, now)


async def draft(*, event: UUID, message: UUID, principal: Principal) -> Message:
    """Lock a draft and return it; raises `AlreadySent`, `NotFound`."""
    found = await own(event=event, message=message, principal=principal, lock=True)
    if found.sent_at is not None:
        raise AlreadySent
    return found


async def note(what: str, message: UUID, event: UUID, principal: Principal, now: dt.datetime, **detail: Any) -> None:
    """Write down who did what with a message."""
    await audit.record(
        actor=principal.actor,
        action=f"message.{what}",
        subject=f"event:{event}",
        now=now,
        detail={"message": str(message), **detail},
    )


def _check(edit: MessageEdit) -> None:
    """Refuse a message without words, or in a language with only half of them."""
    subject, body = msgspec.to_builtins(edit.subject), msgspec.to_builtins(edit.body)
    errors = [
        FieldError(f"{name}.{tag}", "required", _("This is needed."))
        for name, words in (("subject", subject), ("body", body))
        for tag in LANGUAGES
        if tag in subject.keys() | body.keys() and not words.get(tag)
    ]
    if not subject and not body:
        errors = [FieldError(name, "required", _("This is needed.")) for name in ("subject", "body")]
    if errors:
        raise Invalid(errors)


def _values(edit: MessageEdit) -> tuple[str, str, str]:
    subject, body = (msgspec.json.encode(words).decode() for words in (edit.subject, edit.body))
    return edit.kind, subject, body
