"""What organisers have set up, written straight into the tables: ticket types, questions, vouchers, ways to pay."""

from typing import Any
from uuid import UUID, uuid4

import msgspec

from app.core.db import fetch, fetch_one
from app.ticketing.registering import offers
from app.ticketing.setting_up import vouchers
from tests.clock import NOW

CONVENTION = "(SELECT id FROM convention WHERE slug = 'yokohama-2026')"


async def set_type(slug: str = "citywide-pass", **columns: Any) -> UUID:
    """Change columns of a ticket type; return its id."""
    names = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 2))
    row = await fetch_one(f"UPDATE ticket_type SET {names or 'slug = slug'} WHERE slug = $1 RETURNING id", slug,
                          *columns.values())  # fmt: skip
    offers.forget()
    assert row is not None
    found: UUID = row["id"]
    return found


async def quota(slug: str, capacity: int, *, used_by: str = "", within: UUID | None = None) -> UUID:
    """Add a quota of the city, drawn on by a ticket type."""
    made = uuid4()
    await fetch(
        f"INSERT INTO quota (id, convention, slug, name, capacity, within) VALUES ($1, {CONVENTION}, $2, $3, $4, $5)",
        made,
        slug,
        msgspec.json.encode({"en": slug.title()}).decode(),
        capacity,
        within,
    )
    if used_by:
        await fetch(
            "INSERT INTO quota_use (id, ticket_type, quota) SELECT gen_random_uuid(), id, $2 FROM ticket_type"
            " WHERE slug = $1",
            used_by,
            made,
        )
    offers.forget()
    return made


async def question(slug: str, kind: str = "text", *, event: str = "", types: tuple[str, ...] = (), **more: Any) -> UUID:
    """Add a question; `event` and `types` are slugs, `options` values, `shown_when` (slug, values)."""
    made = uuid4()
    when = more.get("shown_when")
    options = [{"value": v, "label": {"en": v.title()}} for v in more.get("options", ())]
    await fetch(
        "INSERT INTO question (id, convention, event, slug, position, kind, label, hint, options, shown_when, required,"
        f" keep_days) VALUES ($1, {CONVENTION}, (SELECT id FROM event WHERE slug = $2), $3, $4, $5, $6, '{{}}', $7, $8,"
        " $9, $10)",
        made,
        event or None,
        slug,
        more.get("position", 1),
        kind,
        msgspec.json.encode({"en": f"Your {slug}?"}).decode(),
        msgspec.json.encode(options).decode(),
        msgspec.json.encode({"question": when[0], "values": list(when[1])}).decode() if when else None,
        more.get("required", False),
        more.get("keep_days", 90),
    )
    for name in types:
        await fetch(
            "INSERT INTO question_use (id, question, ticket_type) SELECT gen_random_uuid(), $1, id FROM ticket_type"
            " WHERE slug = $2",
            made,
            name,
        )
    offers.forget()
    return made


async def voucher(code: str, *, ticket_type: str = "", price: int | None = None, uses: int = 1, **more: Any) -> UUID:
    """Add a voucher of the city."""
    made = uuid4()
    await fetch(
        "INSERT INTO voucher (id, convention, ticket_type, code_key, sealed, label, price, uses, valid_until,"
        f" withdrawn_at, created_at) VALUES ($1, {CONVENTION}, (SELECT id FROM ticket_type WHERE slug = $2), $3, $4,"
        " 'Friends', $5, $6, $7, $8, $9)",
        made,
        ticket_type or None,
        vouchers.code_key(code),
        vouchers.sealed(code),
        price,
        uses,
        more.get("valid_until"),
        more.get("withdrawn_at"),
        NOW,
    )
    return made


async def way_to_pay(provider: str = "bank_transfer", *, days: int = 10) -> None:
    """Let people pay the city."""
    await fetch(
        "INSERT INTO payment_method (id, convention, provider, instructions, days)"
        f" VALUES ($1, {CONVENTION}, $2, $3, $4)",
        uuid4(),
        provider,
        msgspec.json.encode({"en": "Harbour Bank, 1234567"}).decode(),
        days,
    )
    offers.forget()
