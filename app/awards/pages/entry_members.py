"""The members of an entry, for whoever leads it: name them, change them, write to them again."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.awards.entering import members
from app.awards.entering.members import Held, MemberEdit, MemberRow
from app.awards.pages.entering import choices
from app.awards.pages.entry import HTML
from app.awards.pages.entry_parts import part_form, written
from app.core.errors import Invalid, NotFound
from app.core.validation import check
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.request import Request


@get("/entries/{token:str}/members", **HTML)
async def show_members(request: Request, token: FromPath[str]) -> Response[str]:
    """Show who takes part, with the form to name one more."""
    return await _members(request, await written(token, request), {})


@post("/entries/{token:str}/members", include_in_schema=False, status_code=200)
async def add_member(request: Request, token: FromPath[str]) -> Response[Any]:
    """Name one more member, who is written to."""
    found = await written(token, request)
    form = await read_form(request)
    form.pop("csrf", None)
    try:
        wish = check(form, MemberEdit)
        await members.add(entry=found.entry.id, member=found.me.id, wish=wish, now=request.now)
    except Invalid as error:
        return await _members(request, found, form, error)
    return done(f"{found.address}/members", "added")


async def _members(request: Request, found: Held, form: dict[str, Any], error: Invalid | None = None) -> Response[str]:
    return await part_form(request, found, "members", form, error, **choices())


@get("/entries/{token:str}/members/{member:uuid}", **HTML)
async def show_member(request: Request, token: FromPath[str], member: FromPath[UUID]) -> Response[str]:
    """Show a member as it stands, for whoever leads."""
    found = await written(token, request)
    whom = _whom(found, member)
    names = ("organisation", "kind", "country", "name", "email", "language")
    return await _member(request, found, whom, {name: getattr(whom, name) for name in names})


@post("/entries/{token:str}/members/{member:uuid}", include_in_schema=False, status_code=200)
async def change_member(request: Request, token: FromPath[str], member: FromPath[UUID]) -> Response[Any]:
    """Change a member, take it out, or write to it again."""
    found = await written(token, request)
    form = await read_form(request)
    form.pop("csrf", None)
    action = str(form.pop("action", ""))
    who: dict[str, Any] = {"entry": found.entry.id, "member": found.me.id, "whom": member, "now": request.now}
    try:
        if action == "remove":
            await members.remove(**who)
        elif action == "again":
            await members.remind(**who)
        else:
            await members.change(**who, wish=check(form, MemberEdit))
    except Invalid as error:
        return await _member(request, found, _whom(found, member), form, error)
    return done(f"{found.address}/members", {"remove": "removed", "again": "mailed"}.get(action, "saved"))


def _whom(found: Held, member: UUID) -> MemberRow:
    whom = next((one for one in found.members if one.id == member), None)
    if whom is None or not found.me.lead:
        raise NotFound
    return whom


async def _member(
    request: Request, found: Held, whom: MemberRow, form: dict[str, Any], error: Invalid | None = None
) -> Response[str]:
    return await part_form(request, found, f"member/{whom.id}", form, error, whom=whom, **choices())


HANDLERS: list[Any] = [show_members, add_member, show_member, change_member]
