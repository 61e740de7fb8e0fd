"""The page of an award for everybody: what can be entered and until when; later, who has won."""

from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from app.awards.pages.frame import phase_words
from app.awards.releasing import released
from app.awards.setting.public import public_award, public_awards
from app.core.i18n import gettext as _
from app.core.i18n import text
from app.core.web.pages import page
from app.core.web.request import Request


@get("/{convention:str}/awards", include_in_schema=False)
async def list_public(request: Request, convention: FromPath[str]) -> Response[str]:
    """List the published awards of a convention."""
    found = await public_awards(convention=convention)
    crumbs = [("/", _("Home")), (f"/{convention}", text(found.convention)), ("", _("Awards"))]
    return page(request, "awards/setting/public_awards.html", found=found, home=f"/{convention}", crumbs=crumbs)


@get("/{convention:str}/awards/{award:str}", include_in_schema=False)
async def show_public(request: Request, convention: FromPath[str], award: FromPath[str]) -> Response[str]:
    """Show a published award."""
    found = await public_award(convention=convention, award=award)
    phases = [(one, phase_words(one, request.now)) for one in found.categories]
    crumbs = [("/", _("Home")), (f"/{convention}", text(found.award.convention_title)), ("", text(found.award.title))]
    results = await released.of_award(found.award)
    return page(
        request,
        "awards/setting/public.html",
        found=found,
        award=found.award,
        phases=phases,
        crumbs=crumbs,
        results=results,
    )


HANDLERS: list[Any] = [list_public, show_public]
