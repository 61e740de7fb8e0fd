"""Erasing people: their key and every value go at once, the pseudonym stays, and with it every count.

All that the database holds goes in one transaction; what lies outside of it is left to a job of that transaction, so a
process that is killed half way has either done nothing or is finished by the worker. Twice is once.
"""

import asyncio
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

from app.core import audit, jobs, limits
from app.core.again import repeated
from app.core.db import after_commit, fetch
from app.core.sandbox.mailbox import discard
from app.core.settings import settings
from app.core.signing import derived, seal, unseal
from app.people import access, limited
from app.people.holders import HOLDERS
from app.people.persons import address_key, details_of, normal_address

MOST_NAMED = 50
"""Persons whose erasure gets an audit entry each; more of them at once get one for all."""


@repeated
async def erase(*, persons: Sequence[UUID], actor: str, now: dt.datetime) -> int:
    """Erase these persons everywhere; return how many were not erased before."""
    rows = await fetch(
        "SELECT id FROM person WHERE id = ANY($1::uuid[]) AND erased_at IS NULL ORDER BY id FOR NO KEY UPDATE",
        list(persons),
    )
    found = [row["id"] for row in rows]
    if not found:
        return 0
    addresses = {normal_address(details.email) for details in (await details_of(found)).values()}
    await _forget(found, now)
    await _forget_uses(await _abandoned(addresses))
    await _record(found, actor, now)
    await _promise(found, addresses, now)
    after_commit(_forget_memory)
    return len(found)


async def _forget(persons: list[UUID], now: dt.datetime) -> None:
    """Ask every package, the upper ones first: they still see what the lower ones are about to forget."""
    for holder in reversed(HOLDERS):
        await holder.erase(persons, now)


async def _abandoned(addresses: set[str]) -> set[str]:
    """Return those addresses that belong to nobody any more."""
    keys = {address_key(address): address for address in addresses}
    rows = await fetch(
        "SELECT address_key FROM person_details WHERE address_key = ANY($1::bytea[])"
        " UNION SELECT address_key FROM account WHERE address_key = ANY($1::bytea[])",
        list(keys),
    )
    return set(keys.values()) - {keys[row["address_key"]] for row in rows}


async def _forget_uses(addresses: set[str]) -> None:
    """Forget how often something was asked for with an address."""
    by_address = {limit.purpose for group in limited.LIMITS.values() for limit in group if limit.by == ("address",)}
    for address in addresses:
        for purpose in by_address:
            await limits.forget(purpose=purpose, subject=address)


async def _record(persons: list[UUID], actor: str, now: dt.datetime) -> None:
    if len(persons) > MOST_NAMED:
        await audit.record(actor=actor, action="person.erase", subject="persons", now=now, detail={"n": len(persons)})
        return
    for person in persons:
        await audit.record(actor=actor, action="person.erase", subject=f"person:{person}", now=now)


async def _promise(persons: list[UUID], addresses: set[str], now: dt.datetime) -> None:
    """Leave the rest to the worker.

    Where mail is caught it needs the addresses once more: sealed, and its payload is emptied when it is done.
    """
    erasure = uuid4()
    key = derived("erasures")
    await jobs.defer(
        "people.finish_erasure",
        key=f"erasure:{erasure}",
        now=now,
        erasure=erasure,
        persons=persons,
        addresses=[seal(key, address.encode()).hex() for address in sorted(addresses) if settings().sandbox],
    )


async def _forget_memory() -> None:
    access.forget()


async def finish(*, erasure: UUID, persons: Sequence[UUID], addresses: Sequence[str], now: dt.datetime) -> None:
    """Erase what was written meanwhile, and mail that a demo caught; then forget the addresses as well."""
    ids = list(persons)
    await _forget(ids, now)
    await _discard_mail(ids, {unseal(derived("erasures"), bytes.fromhex(one)).decode() for one in addresses})
    await fetch("UPDATE job SET payload = '{}' WHERE key = $1", f"erasure:{erasure}")


async def _discard_mail(persons: list[UUID], addresses: set[str]) -> None:
    """Delete mail that never left this machine: all of an address that nobody has any more, else these tickets'."""
    if not settings().sandbox:
        return
    rows = await fetch("SELECT id FROM ticket WHERE person = ANY($1::uuid[])", persons)
    abandoned = await _abandoned(addresses)
    tickets = {str(row["id"]) for row in rows}

    def is_theirs(recipient: str, reference: str) -> bool:
        return normal_address(recipient) in abandoned or any(ticket in reference for ticket in tickets)

    await asyncio.to_thread(discard, Path(settings().sandbox), is_theirs)
