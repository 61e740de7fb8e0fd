"""A ticket's identity: its serial, its code, its addresses. Nothing secret of it is stored."""

import hashlib
import secrets
from uuid import UUID

from app.core.settings import settings
from app.core.signing import capability, signing_key
from app.ticketing.codes import Kind, Payload, sign
from app.ticketing.schemas import TicketOut

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


def page_token(ticket: UUID) -> str:
    """Return the token of a ticket's page."""
    return capability("ticket", ticket)


def join_token(*, ticket: UUID, session: UUID) -> str:
    """Return the token of a ticket's personal link into a session (`/join/...`)."""
    return capability("join", ticket, session)


def manage_url(registration: UUID) -> str:
    """Return the address of a registration's page."""
    return f"{settings().base_url}/registrations/{manage_token(registration)}"


def page_url(ticket: UUID) -> str:
    """Return the address of a ticket's page."""
    return f"{settings().base_url}/tickets/{page_token(ticket)}"


def ticket_out(*, ticket: UUID, serial: int, code: str, ticket_type: str, name: str, state: str) -> TicketOut:
    """Return a ticket with all its addresses."""
    page = page_url(ticket)
    return TicketOut(
        id=ticket,
        serial=f"{serial:016x}",
        code=code,
        ticket_type=ticket_type,
        name=name,
        state=state,
        page_url=page,
        qr_svg_url=f"{page}/qr.svg",
        pdf_url=f"{page}/ticket.pdf",
        ics_url=f"{page}/calendar.ics",
    )
