"""Pages of the certificate of attendance: for its holder, and for whoever checks it."""

import asyncio
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from app.attendance.errors import NothingMeasured
from app.attendance.online import certificate, certificate_paper
from app.core.i18n import use_language
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request


@get("/tickets/{token:str}/attendance", include_in_schema=False)
async def show_attendance(request: Request, token: FromPath[str]) -> Response[str]:
    """Show somebody what was measured of him at events that are over."""
    found = await certificate.of_ticket(token=token, now=request.now)
    return page(
        request,
        "attendance/certificate.html",
        headers=UNKEPT,
        certificate=found,
        ticket=f"/tickets/{token}",
        checked="",
    )


@get("/tickets/{token:str}/attendance.pdf", include_in_schema=False)
async def show_certificate(request: Request, token: FromPath[str]) -> Response[bytes]:
    """Set the certificate for paper, in the language of the registration unless another is asked for."""
    found = await certificate.of_ticket(token=token, now=request.now)
    if found.is_empty:
        raise NothingMeasured
    if "lang" not in request.query_params:
        use_language(found.language)
    return Response(
        await asyncio.to_thread(certificate_paper.pdf, found, now=request.now),
        media_type="application/pdf",
        headers={"content-disposition": 'inline; filename="attendance.pdf"', **UNKEPT},
    )


@get("/certificates/{code:str}", include_in_schema=False)
async def check_certificate(request: Request, code: FromPath[str]) -> Response[str]:
    """Show what the ledger says today of what a certificate says, to whoever has its code."""
    found = await certificate.by_code(code=code, now=request.now)
    return page(
        request, "attendance/certificate.html", headers=UNKEPT, certificate=found, ticket="", checked=request.now
    )


HANDLERS: list[Any] = [show_attendance, show_certificate, check_certificate]
