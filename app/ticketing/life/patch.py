"""Several changes of one registration at once: all of them, or none."""

import datetime as dt
from uuid import UUID

import msgspec

from app.core import idempotency
from app.core.again import repeated
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.ticketing import queries
from app.ticketing.life import history
from app.ticketing.life.by import By
from app.ticketing.life.cancel import cancel
from app.ticketing.life.change import change
from app.ticketing.life.edits import ManagedRegistration, RegistrationPatch, TicketPatch
from app.ticketing.life.party import lock
from app.ticketing.life.reissue import reissue
from app.ticketing.life.transfer import transfer


async def managed(registration: UUID) -> ManagedRegistration | None:
    """Return a registration with the history of its tickets in the reader's language, or None if there is none."""
    found = await queries.registration(registration)
    if found is None:
        return None
    return ManagedRegistration(**msgspec.structs.asdict(found), history=await history.of_registration(registration))


@repeated
async def apply(
    *, registration: UUID, wish: RegistrationPatch, by: By, now: dt.datetime, key: str | None = None
) -> None:
    """Do what is asked for with tickets of a registration, in one transaction; the same `key` again does nothing.

    Nothing of what was asked is kept under the key: whoever asks again is told how things are now. Raises `NotFound`,
    `KeyReused`, `Invalid` with every wrong field of every ticket, and whatever its single changes raise.
    """
    await lock(registration)
    if key is not None and await _done_before(registration, wish, key, now):
        return
    errors = _unclear(wish)
    for i, one in enumerate(wish.tickets):
        try:
            await _act(registration, one, by, now)
        except Invalid as error:
            errors += [msgspec.structs.replace(e, field=f"tickets[{i}].{one.asked[0]}.{e.field}") for e in error.errors]
    if errors:
        raise Invalid(errors)
    canceled = [one.id for one in wish.tickets if one.cancel]
    if canceled:
        await cancel(registration=registration, tickets=canceled, by=by, now=now)


async def _done_before(registration: UUID, wish: RegistrationPatch, key: str, now: dt.datetime) -> bool:
    asked = msgspec.json.encode(wish)
    scope = f"change:{registration}"
    found = await idempotency.claim(scope=scope, key=idempotency.check_key(key), request=asked, answer=b"", now=now)
    return found is not None


def _unclear(wish: RegistrationPatch) -> list[FieldError]:
    """List the tickets with which not exactly one thing is asked for, or that stand there twice."""
    one_thing = _("Ask for exactly one of change, transfer, cancel and reissue.")
    ids = [one.id for one in wish.tickets]
    errors = [
        FieldError(f"tickets[{i}]", "choice", one_thing) for i, one in enumerate(wish.tickets) if len(one.asked) != 1
    ]
    twice = _("This ticket is chosen twice.")
    return errors + [
        FieldError(f"tickets[{i}].id", "twice", twice) for i, ticket in enumerate(ids) if ticket in ids[:i]
    ]


async def _act(registration: UUID, one: TicketPatch, by: By, now: dt.datetime) -> None:
    """Do what is asked for with one ticket, but canceling: that is done together."""
    (await lock(registration)).ticket(one.id)
    if len(one.asked) != 1:
        return
    if isinstance(one.change, msgspec.Struct):
        await change(ticket=one.id, wish=one.change, by=by, now=now)
    elif isinstance(one.transfer, msgspec.Struct):
        await transfer(ticket=one.id, to=one.transfer, by=by, now=now)
    elif one.reissue:
        await reissue(ticket=one.id, by=by, now=now)
