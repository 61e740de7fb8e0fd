"""Entries of an award, for the programs of whoever runs it."""

from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Controller, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from app.awards import reach
from app.awards.entering import bring, listed
from app.awards.entering.bring import EntryIn, EntryOut
from app.awards.entering.listed import State, Wanted
from app.awards.reach import AwardRef
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.validation import check
from app.core.web.pages import UNKEPT
from app.core.web.request import Request
from app.events.addresses import full
from app.people.roles import Principal

JSON = "application/json"
Key = Annotated[str | None, HeaderParameter(name="Idempotency-Key", required=False)]
Words = Annotated[str, QueryParameter(description="Words in title, members or number.")]
InCategory = Annotated[str, QueryParameter(description="Slug of a category.")]
InState = Annotated[
    str,
    QueryParameter(name="state", description="draft, signing, submitted, passed, failed, questions, withdrawn."),
]
Spoken = Annotated[str, QueryParameter(description="A language the entry is written in.")]
Limit = Annotated[str, QueryParameter(description="How many entries, 1 to 200.")]
Cursor = Annotated[str, QueryParameter(description="Where the page begins, as the Link header gives it.")]


def _who(request: Request) -> Principal:
    principal: Principal = request.scope["user"]
    return principal


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries are asked for, and which part of the list; the cursor is the last entry of the part before."""

    q: Annotated[str, msgspec.Meta(max_length=200)] = ""
    category: Annotated[str, msgspec.Meta(max_length=80)] = ""
    state: State | None = None
    language: Annotated[str, msgspec.Meta(max_length=12)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, msgspec.Meta(max_length=36)] = ""

    @property
    def wanted(self) -> Wanted:
        """The filters alone."""
        return Wanted(self.q, self.category, self.state or "", self.language)


class EntryController(Controller):
    """What competes for an award."""

    path = "/api/v1/awards/{award:str}/entries"
    tags = ["Awards"]

    @get(responses={200: ResponseSpec(list[EntryOut], description="The entries, by category and number.")})
    async def entries(
        self,
        request: Request,
        award: FromPath[str],
        *,
        q: Words = "",
        category: InCategory = "",
        shown: InState = "",
        language: Spoken = "",
        limit: Limit = "",
        cursor: Cursor = "",
    ) -> Response[bytes]:
        """List the entries that meet every filter; drafts too, without names of persons."""
        given = {"q": q, "category": category, "state": shown, "language": language, "limit": limit, "cursor": cursor}
        asked = check({name: value for name, value in given.items() if value}, Asked)
        found = await reach.award(award, _who(request))
        part, headers = await _part(request, found, asked)
        return Response(msgspec.json.encode(part), media_type=JSON, headers={**UNKEPT, **headers})

    @post(responses={201: ResponseSpec(EntryOut, description="Added; the same key gives the same bytes.")})
    async def add(
        self, request: Request, award: FromPath[str], data: JSONBody[EntryIn], key: Key = None
    ) -> Response[bytes]:
        """Bring an entry as a draft: its members are written to, and hand it in themselves."""
        found = await reach.award(award, _who(request))
        answer = await bring.bring(award=found, wish=data, key=key, principal=_who(request), now=request.now)
        return Response(answer, media_type=JSON, headers=UNKEPT)


async def _part(request: Request, found: AwardRef, asked: Asked) -> tuple[list[EntryOut], dict[str, str]]:
    lines = await listed.lines(found, asked.wanted)
    ids = [str(line.id) for line in lines]
    if asked.cursor and asked.cursor not in ids:
        words = _("The list has changed; please start again without a cursor.")
        raise Invalid([FieldError("cursor", "unknown", words)])
    first = ids.index(asked.cursor) + 1 if asked.cursor else 0
    shown = [bring.out(line) for line in lines[first : first + asked.limit]]
    return shown, _next(request, shown[-1]) if first + asked.limit < len(lines) else {}


def _next(request: Request, last: EntryOut) -> dict[str, str]:
    kept = [(k, v) for k, v in request.query_params.multi_items() if k != "cursor"]
    return {"link": f'<{full(request.scope["path"])}?{urlencode([*kept, ("cursor", str(last.id))])}>; rel="next"'}


HANDLERS: list[Any] = [EntryController]
