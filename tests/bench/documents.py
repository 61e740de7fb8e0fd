"""What documents cost: symbols, tickets on paper, sheets of badges, the list for a door, passes for wallets."""

import datetime as dt
import resource
import statistics
import time
from collections.abc import Callable
from functools import partial

from app.core.typeset import FONTS
from app.ticketing import codes
from app.ticketing.codes import Kind, Payload
from app.ticketing.documents import qr
from app.ticketing.documents.badges import Badge, badges_pdf
from app.ticketing.documents.guest_list import Columns, Heading, Line, list_pdf
from app.ticketing.documents.pdf import EventLine, Labels, TicketPage, ticket_pdf
from tests.bench.figures import Figure, at_most, shown
from tests.ticketing.vector import PRIVATE

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
NAMES = ("李娜", "Jürgen Weißmüller", "ณัฐวุฒิ สมชาย", "محمد", "தமிழ் செல்வன்", "김민수", "Nguyễn Thị Ánh")
TICKETS = 100
BADGES = 500
LINES = 2000
QR_CPU = 2
TICKET_CPU = 20
"""CPU time in ms that one may cost."""
BADGES_CPU = 1
"""The same of all of them, in s."""


def figures() -> list[Figure]:
    """Measure everything; medians of single pieces, whole sheets once."""
    _ticket(0)  # loads the fonts
    before = _memory()
    symbols = statistics.median(_cpu(partial(_symbol, n)) for n in range(TICKETS))
    tickets = statistics.median(_cpu(partial(_ticket, TICKETS + n)) for n in range(TICKETS))
    badges = _cpu(_badges) / 1000
    lines = _cpu(_list)
    return [
        at_most("QR symbol: CPU", symbols, "CPU ms/symbol", QR_CPU),
        at_most("ticket as PDF: CPU", tickets, "CPU ms/ticket", TICKET_CPU),
        at_most(f"{BADGES} badges as PDF: CPU", badges, "CPU s", BADGES_CPU),
        shown(f"list of {LINES:,} guests as PDF: CPU", lines, "CPU ms"),
        shown("documents: growth of memory", _memory() - before, "MB"),
    ]


def _symbol(number: int) -> bytes:
    return qr.svg(_code(number), label="QR")


def _badges() -> bytes:
    return badges_pdf(
        [Badge(_name(n), "visitor", "Citywide Pass", _code(3 * TICKETS + n)) for n in range(BADGES)],
        size="card",
        convention="Convention",
        language="en",
        alt="QR",
        now=NOW,
    )


def _cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _name(number: int) -> str:
    return f"{NAMES[number % len(NAMES)]} {number}"


def _code(number: int) -> str:
    return codes.sign(Payload(Kind.ENTRY, 0, 0, 12, 1, number, 0), PRIVATE)


def _ticket(number: int) -> bytes:
    page = TicketPage(
        language="en",
        convention="Yokohama Convention 2026",
        name=_name(number),
        ticket_type="Citywide Pass",
        dates=("Thu 26 – Sun 29 November 2026",),
        validity="Once a day at every venue",
        code=_code(number),
        serial="0123-4567-89AB-CDEF",
        labels=Labels("Name", "Ticket type", "Dates", "Valid", "Opens", "How to use it", "Number", "QR"),
        events=tuple(EventLine(f"Event {n}", "26 – 29 November", "Hall") for n in range(6)),
        help=("Show this code at the entrance.", "It admits one person."),
    )
    return ticket_pdf([page], fonts=FONTS, now=NOW)


def _list() -> bytes:
    return list_pdf(
        [Line(_name(n), "Citywide Pass", f"{n:04}-4567", "Reading", f"Organisation {n}") for n in range(LINES)],
        heading=Heading("Event", "Printed: now", f"{LINES} guests"),
        columns=Columns("Inside", "Name", "Organisation", "Ticket type", "Number"),
        language="en",
        now=NOW,
    )
