"""Sending a message to guests: once, a page of them at a time, each mail a job of its own."""

import datetime as dt
from uuid import UUID

from app.core import jobs
from app.core.db import fetch_one, transaction
from app.core.errors import DomainError
from app.core.i18n import gettext_lazy
from app.core.signing import derived, unseal
from app.people.roles import Principal
from app.ticketing.guests.listed import sees_the_citys
from app.ticketing.messages import drafts, recipients
from app.ticketing.messages.drafts import Message
from app.ticketing.messages.recipients import Whom


class NobodyToSendTo(DomainError):
    """Nobody has a ticket, or nobody agreed to news."""

    title = gettext_lazy("There is nobody yet to send this message to.")


class NoAddress(DomainError):
    """An account made for a program has no mailbox."""

    title = gettext_lazy("Your account has no mail address, so no test can be sent to you.")


def whom(message: Message, principal: Principal) -> Whom:
    """Return whom a message is for when this principal sends it: officers also reach those with the city's tickets."""
    return Whom(message.event, sees_the_citys(principal), message.kind)


async def send(*, event: UUID, message: UUID, principal: Principal, now: dt.datetime) -> int:
    """Send a draft to everybody it is for and return to how many addresses; only the first of several clicks counts.

    Raises `AlreadySent`, `NobodyToSendTo`, `NotFound`.
    """
    async with transaction():
        found = await drafts.draft(event=event, message=message, principal=principal)
        to = whom(found, principal)
        number = await recipients.count(to)
        if not number:
            raise NobodyToSendTo
        await fetch_one(
            "UPDATE message SET sent_at = $2, account = $3, recipients = $4 WHERE id = $1",
            message,
            now,
            principal.account,
            number,
        )
        await drafts.note("send", message, event, principal, now, kind=found.kind, recipients=number)
        await _promise_page(message, to, after=None, now=now)
    return number


async def _promise_page(message: UUID, to: Whom, *, after: UUID | None, now: dt.datetime) -> None:
    await jobs.defer(
        "ticketing.spread_message",
        key=f"message-page:{message}:{after or ''}",
        now=now,
        message=str(message),
        city=to.city,
        after=str(after) if after else "",
    )


async def spread(*, message: UUID, city: bool, after: UUID | None, now: dt.datetime) -> None:
    """Promise the mails of one page of recipients, and the next page; an address is promised one, on whatever page."""
    found = await by_id(message)
    if found is None:
        return
    to = Whom(found.event, city, found.kind)
    page = await recipients.page(to, after=after)
    await jobs.defer_each(
        "ticketing.send_message",
        {
            f"message:{message}:{key.hex()}": {"message": str(message), "ticket": str(ticket)}
            for key, ticket in page.tickets.items()
        },
        now=now,
    )
    if page.after is not None:
        await _promise_page(message, to, after=page.after, now=now)


async def by_id(message: UUID) -> Message | None:
    """Return a message, or None when it is gone."""
    row = await fetch_one("SELECT * FROM message WHERE id = $1", message)
    return drafts.read(row) if row else None


async def test(*, event: UUID, message: UUID, principal: Principal, language: str, now: dt.datetime) -> None:
    """Send a message to whoever asks, to see it as guests do; raises `NoAddress`, `NotFound`."""
    found = await drafts.own(event=event, message=message, principal=principal)
    async with transaction():
        if principal.account is None or await own_address(principal.account) is None:
            raise NoAddress
        await jobs.defer(
            "ticketing.test_message",
            key=f"message-test:{message}:{principal.account}:{now:%Y%m%d%H%M%S}",
            now=now,
            message=str(found.id),
            account=str(principal.account),
            language=language,
        )


async def own_address(account: UUID) -> str | None:
    """Return the mail address of an account, if it has one."""
    row = await fetch_one("SELECT address FROM account WHERE id = $1 AND suspended_at IS NULL", account)
    return unseal(derived("accounts"), row["address"]).decode() if row and row["address"] else None
