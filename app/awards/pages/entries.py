"""Entries for whoever runs an award: the list, one entry whole, lists to take along, opening an entry again."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from app.awards import reach
from app.awards.entering import entries, files, listed, members, screening, versions
from app.awards.entering.entries import EntryRef
from app.awards.entering.listed import STATES, Wanted
from app.awards.entering.screening import Reopening
from app.awards.pages.entry import shown
from app.awards.pages.entry_parts import handed
from app.awards.pages.frame import address, award_frame
from app.awards.reach import AwardRef
from app.core import spreadsheet
from app.core.errors import DomainError, Invalid, NotFound
from app.core.i18n import NAMES, text
from app.core.i18n import gettext as _
from app.core.validation import check
from app.core.web.console import done, timed
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events.pages.frame import Typed, who
from app.people.residence import country_name

HTML: dict[str, Any] = {"include_in_schema": False}
MEDIA = {"csv": spreadsheet.CSV, "xlsx": spreadsheet.XLSX}


async def run_award(request: Request, slug: str) -> AwardRef:
    """Return an award for whoever runs it: judges of it find nothing here. Raises `NotFound`."""
    principal = who(request)
    if principal.role == "judge":
        raise NotFound
    return await reach.award(slug, principal)


@get("/awards/{award:str}/entries", **HTML)
async def show_entries(request: Request, award: FromPath[str]) -> Response[str]:
    """Show a page of the entries, with how many there are in each state."""
    found, query = await run_award(request, award), request.query_params
    groups = await entries.categories(found.id)
    wanted = _wanted(query, {group.slug for group in groups}, found)
    number = query.get("page", "")
    at = int(number) if number.isdecimal() and len(number) < 7 else 1
    shown_page = await listed.page(award=found, principal=who(request), now=request.now, wanted=wanted, number=at)
    asked = {name: value for name, value in msgspec.to_builtins(wanted).items() if value}
    return page(
        request,
        "awards/entering/entries.html",
        headers=UNKEPT,
        **award_frame(found, ("", _("Award entries"))),
        found=shown_page,
        chosen=wanted,
        filtered=bool(asked),
        states=STATES,
        category_options=[(group.slug, text(group.title)) for group in groups],
        state_options=[(state, words) for state, (words, _colour) in STATES.items()],
        language_options=[(tag, NAMES[tag]) for tag in found.languages],
        earlier=_page_address(asked, shown_page.number - 1) if shown_page.number > 1 else "",
        later=_page_address(asked, shown_page.number + 1) if shown_page.number < shown_page.last else "",
    )


def _wanted(typed: Mapping[str, Any], groups: set[str], found: AwardRef) -> Wanted:
    """Return which entries a list is to show; what makes no sense is left out."""
    said = {name: value if isinstance(value := typed.get(name, ""), str) else "" for name in Wanted.__struct_fields__}
    return Wanted(
        words=said["words"][:200],
        category=said["category"] if said["category"] in groups else "",
        state=said["state"] if said["state"] in STATES else "",
        language=said["language"] if said["language"] in found.languages else "",
    )


def _page_address(asked: dict[str, str], number: int) -> str:
    return "?" + urlencode({**asked, "page": number})


@post("/awards/{award:str}/entries/export", include_in_schema=False, status_code=200)
async def export_entries(request: Request, award: FromPath[str]) -> Response[bytes]:
    """Give the entries as a list; a POST, because it is written down who took it."""
    found = await run_award(request, award)
    form = await read_form(request)
    kind: Literal["csv", "xlsx"] = "xlsx" if form.get("as") == "xlsx" else "csv"
    groups = {group.slug for group in await entries.categories(found.id)}
    data = await listed.export(
        award=found, principal=who(request), kind=kind, now=request.now, wanted=_wanted(form, groups, found)
    )
    name = f'attachment; filename="entries-{found.slug}.{kind}"'
    return Response(data, media_type=MEDIA[kind], headers={**UNKEPT, "content-disposition": name})


@get("/awards/{award:str}/entries/{entry:uuid}", **HTML)
async def show_one(request: Request, award: FromPath[str], entry: FromPath[UUID]) -> Response[str]:
    """Show one entry with its versions, its sign-offs and what screening said; `?version=` an earlier version."""
    found = await entries.own(entry, award, who(request))
    return await _one(request, found)


async def _one(request: Request, found: EntryRef) -> Response[str]:
    made = await versions.of(found.id)
    asked = request.query_params.get("version", "")
    chosen = next((one for one in made if str(one.number) == asked), None)
    chosen = chosen or next((one for one in made if one.id == found.pinned), made[0] if made else None)
    party = await members.of(found.id)
    draft = members.Held(found, party[0], tuple(party))  # an entry has a lead from its first moment on
    body = await versions.body_of(chosen.id) if chosen else await versions.drafted(draft)
    await listed.write_down("entry.read", found.award, who(request), request.now, entry=str(found.id))
    return page(
        request,
        "awards/entering/one.html",
        headers=UNKEPT,
        **award_frame(
            found.award,
            (address(found.award, "entries"), _("Award entries")),
            ("", _("Entry %(number)s", number=found.number)),
        ),
        entry=found,
        category=found.category,
        phase=found.category.phase(request.now),
        made=made,
        chosen=chosen,
        latest=made[0] if made else None,
        members=party,
        countries=country_name,
        screenings=(await screening.decisions(entry=found.id)).get(found.id, []),
        states=STATES,
        reopened=found.open_until is not None and request.now < found.open_until,
        **shown(body),
    )


@get("/awards/{award:str}/entries/{entry:uuid}/files/{file:uuid}", **HTML)
async def show_file(
    request: Request, award: FromPath[str], entry: FromPath[UUID], file: FromPath[UUID]
) -> Response[bytes]:
    """Give out a file of an entry."""
    found = await entries.own(entry, award, who(request))
    return handed(await files.content(file, entry=found.id))


class Lead(Struct, frozen=True):
    """The member that is to lead an entry."""

    member: UUID


@post("/awards/{award:str}/entries/{entry:uuid}/lead", include_in_schema=False, status_code=HTTPStatus.SEE_OTHER)
async def hand_over(request: Request, award: FromPath[str], entry: FromPath[UUID]) -> Response[bytes]:
    """Let another member lead an entry."""
    wish = check(await read_form(request), Lead)
    await members.hand_over(entry=entry, award=award, whom=wish.member, principal=who(request), now=request.now)
    return done(f"/awards/{award}/entries/{entry}", "saved")


@get("/awards/{award:str}/entries/{entry:uuid}/reopen", **HTML)
async def ask_reopen(request: Request, award: FromPath[str], entry: FromPath[UUID]) -> Response[str]:
    """Ask until when, and why, before an entry is opened again."""
    return _reopen(request, await entries.own(entry, award, who(request)), {})


@post("/awards/{award:str}/entries/{entry:uuid}/reopen", include_in_schema=False, status_code=200)
async def reopen(request: Request, award: FromPath[str], entry: FromPath[UUID]) -> Response[Any]:
    """Let an entry be changed and handed in once more."""
    found = await entries.own(entry, award, who(request))
    form = await read_form(request)
    form.pop("csrf", None)
    try:
        wish = check(timed(form, found.category.zone, "until"), Reopening)
        await screening.reopen(entry=entry, award=award, wish=wish, principal=who(request), now=request.now)
    except NotFound:
        raise
    except DomainError as error:
        return _reopen(request, found, form, error)
    return done(address(found.award, "entries", entry), "reopened")


def _reopen(request: Request, found: EntryRef, form: dict[str, Any], error: DomainError | None = None) -> Response[str]:
    here = address(found.award, "entries", found.id)
    return page(
        request,
        "awards/entering/reopen.html",
        status=error.status if error else HTTPStatus.OK,
        headers=UNKEPT,
        question=_("Open entry %(n)s again?", n=found.number),
        words=_("What was handed in stands until every member has signed a new version off."),
        action=f"{here}/reopen",
        back=here,
        button=_("Open again"),
        form=Typed(form),
        zone=found.category.zone,
        errors=error.errors if isinstance(error, Invalid) else [],
        refusal=error.detail if error and not isinstance(error, Invalid) else "",
    )


HANDLERS: list[Any] = [show_entries, export_entries, show_one, show_file, hand_over, ask_reopen, reopen]
