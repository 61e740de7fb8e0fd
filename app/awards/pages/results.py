"""What is read after the release: results, certificates by their address, feedback by the members of an entry."""

import asyncio
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from app.awards.entering.entries import address
from app.awards.reach import AwardRef
from app.awards.releasing import certificate_paper, certificates, feedback, released
from app.awards.releasing.released import Released
from app.core.errors import NotFound
from app.core.i18n import NAMES, moment, text
from app.core.settings import settings
from app.core.web.pages import UNKEPT, page, script_json
from app.core.web.request import Request

HTML: dict[str, Any] = {"include_in_schema": False}


@get("/{convention:str}/awards/{award:str}/results", **HTML)
async def show_results(request: Request, convention: FromPath[str], award: FromPath[str]) -> Response[str]:
    """Show who has won, in whose words, and how anybody can check it."""
    found, results = await released.public_award(award)
    if found.convention_slug != convention:
        raise NotFound
    return page(
        request,
        "awards/results/results.html",
        award=found,
        convention={"slug": found.convention_slug, "title": found.convention_title},
        results=[one for one in results if one.result.last],
        earlier=[one for one in results if not one.result.last],
        released_at=released.released_on(results),
        moment=moment,
        names=NAMES,
        data=script_json(_described(found, results)),
    )


def _described(award: AwardRef, results: list[Released]) -> dict[str, Any]:
    """Return the winners as schema.org describes a list, for search engines."""
    lines = [line for one in results for line in one.result.winners]
    return {
        "@context": "https://schema.org",
        "@type": "ItemList",
        "name": text(award.title),
        "url": f"{settings().base_url}/{award.convention_slug}/awards/{award.slug}/results",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": n,
                "item": {
                    "@type": "CreativeWork",
                    "name": text(line.title),
                    "abstract": text(line.summary),
                    "award": text(award.title),
                    "creator": [{"@type": "Organization", "name": m.organisation} for m in line.members],
                },
            }
            for n, line in enumerate(lines, 1)
        ],
    }


@get("/award-certificates/{code:str}", **HTML)
async def show_certificate(request: Request, code: FromPath[str]) -> Response[str]:
    """Show what the released result says, to whoever has the address of a certificate."""
    found = await certificates.by_code(code)
    return page(request, "awards/results/certificate.html", one=found, convention=_convention(found.round.award))


@get("/award-certificates/{code:str}/certificate.pdf", **HTML)
async def show_paper(request: Request, code: FromPath[str]) -> Response[bytes]:
    """Set a certificate for paper, in the reader's language."""
    found = await certificates.by_code(code)
    return Response(
        await asyncio.to_thread(certificate_paper.pdf, found, now=found.released_at),
        media_type="application/pdf",
        headers={
            "content-disposition": f'inline; filename="certificate-{found.line.number}.pdf"',
            "content-language": request.language,
            "vary": "Accept-Language, Cookie",
        },
    )


def _convention(award: AwardRef) -> dict[str, Any]:
    return {"slug": award.convention_slug, "title": award.convention_title}


@get("/entries/{token:str}/result", **HTML)
async def show_feedback(request: Request, token: FromPath[str]) -> Response[str]:
    """Show a member of an entry its result, and what judges wrote."""
    held, found = await feedback.of_member(token=token)
    return page(
        request,
        "awards/results/feedback.html",
        held=held,
        found=found,
        back=address(held.entry.id, held.me.id),
        convention=_convention(held.entry.award),
        headers=UNKEPT,
    )


HANDLERS: list[Any] = [show_results, show_certificate, show_paper, show_feedback]
