"""Using vouchers: found by what was typed, counted in the transaction that writes the tickets."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping
from uuid import UUID

import msgspec

from app.core.db import fetch
from app.ticketing.schemas import OfferedType
from app.ticketing.setting_up.vouchers import code_key


class Redeemable(msgspec.Struct, frozen=True):
    """A voucher that is good for something now; `price` None leaves the type's own, `left` is how often still."""

    id: UUID
    organiser: UUID | None
    ticket_type: UUID | None
    price: int | None
    left: int

    def opens(self, wanted: OfferedType) -> bool:
        """Whether it is good for a ticket type: its own, or any of its holder's."""
        return self.ticket_type == wanted.id or (self.ticket_type is None and self.organiser == wanted.organiser)


_GOOD = "withdrawn_at IS NULL AND (valid_until IS NULL OR valid_until > $2)"


async def find(*, convention: UUID, codes: Collection[str], now: dt.datetime) -> dict[str, Redeemable]:
    """Return the vouchers behind what was typed, by what was typed; what is wrong, late or withdrawn is not there."""
    keys = {code: code_key(code) for code in codes}
    rows = await fetch(
        "SELECT id, organiser, ticket_type, price, uses - used AS left, code_key FROM voucher"
        f" WHERE convention = $1 AND {_GOOD} AND code_key = ANY($3::bytea[])",
        convention,
        now,
        list(keys.values()),
    )
    found = {row["code_key"]: Redeemable(*list(row.values())[:5]) for row in rows}
    return {code: found[key] for code, key in keys.items() if key in found}


async def uses_left(vouchers: Collection[UUID], *, now: dt.datetime) -> dict[UUID, int]:
    """Lock vouchers in the order of their ids and return how often each may still be used."""
    if not vouchers:
        return {}
    rows = await fetch(
        f"SELECT id, uses - used AS left FROM voucher WHERE id = ANY($1::uuid[]) AND {_GOOD} ORDER BY id FOR UPDATE",
        list(vouchers),
        now,
    )
    return {row["id"]: row["left"] for row in rows}


async def count(uses: Mapping[UUID, int]) -> None:
    """Count uses of vouchers, or with negative numbers give them back."""
    if uses:
        await fetch(
            "UPDATE voucher v SET used = greatest(v.used + u.n, 0)"
            " FROM unnest($1::uuid[], $2::int[]) AS u (id, n) WHERE v.id = u.id",
            list(uses),
            list(uses.values()),
        )


async def give_back(tickets: Collection[UUID]) -> None:
    """Give the uses of the vouchers of these tickets back, which are canceled in the same transaction."""
    rows = await fetch(
        "SELECT voucher FROM ticket WHERE id = ANY($1::uuid[]) AND voucher IS NOT NULL ORDER BY voucher", list(tickets)
    )
    await count({voucher: -n for voucher, n in Counter(row["voucher"] for row in rows).items()})
