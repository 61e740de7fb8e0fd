"""A ticket's identity: its serial, its code, its addresses. Nothing secret of it is stored."""

import hashlib
import secrets
from uuid import UUID

from app.core.settings import settings
from app.core.signing import capability, open_capability, signing_key
from app.ticketing.codes import Kind, Payload, sign
from app.ticketing.schemas import TicketOut
from app.ticketing.states import SHOWN

SIGN = 1 << 63
"""PostgreSQL's bigint is signed: a serial is kept as its two's complement."""


def new_serial() -> int:
    """Return 64 random bits."""
    return secrets.randbits(64)


def stored(serial: int) -> int:
    """Return a serial as the table keeps it."""
    return serial - (serial & SIGN) * 2


def unsigned(kept: int) -> int:
    """Return a kept serial as 64 bits without sign."""
    return kept & (2 * SIGN - 1)


def code_of(*, scope: int, product: int, serial: int, generation: int = 0, kid: int = 0) -> str:
    """Return the signed code; the same ticket always gives the same text."""
    return sign(
        Payload(Kind.ENTRY, 0, kid, scope, product, serial, generation),
        signing_key(scope, kid),
    )


def code_digest(code: str) -> bytes:
    """Return what the table keeps of a code."""
    return hashlib.sha256(code.encode()).digest()


def manage_token(registration: UUID) -> str:
    """Return the token of a registration's page."""
    return capability("registration", registration)


def page_token(ticket: UUID, holder: UUID | None = None) -> str:
    """Return the token of a ticket's page; of one that was passed on, of its present `holder` alone."""
    return capability("ticket", ticket, *_present(holder))


def opened(token: str) -> tuple[UUID, UUID | None] | None:
    """Return the ticket and the holder that a page's token names, or None if it is not ours."""
    ids = open_capability("ticket", token) or open_capability("ticket", token, 2)
    return (ids[0], ids[1] if len(ids) > 1 else None) if ids else None


def join_token(*, ticket: UUID, session: UUID, holder: UUID | None = None) -> str:
    """Return the token of a ticket's personal link into a session (`/join/...`), of its present `holder` alone."""
    return capability("join", ticket, session, *_present(holder))


def calendar_token(ticket: UUID, holder: UUID | None = None) -> str:
    """Return the token of the calendar of whoever holds a ticket; it opens nothing else."""
    return capability("calendar", ticket, *_present(holder))


def calendar_opened(token: str) -> tuple[UUID, UUID | None] | None:
    """Return the ticket and the holder that a calendar's token names, or None if it is not ours."""
    ids = open_capability("calendar", token) or open_capability("calendar", token, 2)
    return (ids[0], ids[1] if len(ids) > 1 else None) if ids else None


def _present(holder: UUID | None) -> tuple[UUID, ...]:
    """Return what binds a link to somebody: whoever passed a ticket on opens it no more."""
    return (holder,) if holder else ()


def manage_url(registration: UUID) -> str:
    """Return the address of a registration's page."""
    return f"{settings().base_url}/registrations/{manage_token(registration)}"


def page_url(ticket: UUID, holder: UUID | None = None) -> str:
    """Return the address of a ticket's page."""
    return f"{settings().base_url}/tickets/{page_token(ticket, holder)}"


def ticket_out(
    *, ticket: UUID, serial: int, code: str, ticket_type: str, name: str, state: str, holder: UUID | None = None
) -> TicketOut:
    """Return a ticket with all its addresses; its code only where the state shows one."""
    page = page_url(ticket, holder)
    return TicketOut(
        id=ticket,
        serial=f"{serial:016x}",
        code=code if state in SHOWN else "",
        ticket_type=ticket_type,
        name=name,
        state=state,
        page_url=page,
        qr_svg_url=f"{page}/qr.svg",
        pdf_url=f"{page}/ticket.pdf",
        ics_url=f"{page}/calendar.ics",
    )
