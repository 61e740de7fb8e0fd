"""The JSON API of platforms' reports: who is registered with them under which id, and what they report."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec import Struct

from app.attendance.online.reports import registrants, taking
from app.attendance.online.reports.reading import Platform
from app.attendance.online.reports.registrants import Registrant
from app.attendance.online.reports.taking import Outcome, Report
from app.attendance.online.reports.words import CODES
from app.core.web.pages import UNKEPT
from app.core.web.request import Request

KINDS = ("text/csv", "text/tab-separated-values", "application/json", "application/octet-stream")


class NoteOut(Struct, frozen=True):
    """What is said of a line of the report: a stable code, and words for people."""

    line: int
    code: str
    said: str


class ImportOut(Struct, frozen=True, kw_only=True):
    """What is in a report, or came of it. `evidence` + `waiting` + `set_aside` + `repeated` = `lines`.

    `people` are those with new evidence; `already` when this very file was taken before; `report` is null then, and
    after a dry run. `dates` says how days were read: mdy, dmy or ymd.
    """

    report: UUID | None
    dry_run: bool
    already: bool
    platform: str
    encoding: str
    zone: str
    dates: str
    lines: int
    evidence: int
    waiting: int
    set_aside: int
    repeated: int
    people: int
    notes: list[NoteOut]


class RegistrantsOut(Struct, frozen=True):
    """Everybody whose ticket opens a session on line, under ids that name nobody."""

    session: UUID
    taken_at: dt.datetime
    registrants: list[Registrant]


@dataclass
class _FileOperation(Operation):
    """A request whose body is the report."""

    def __post_init__(self) -> None:
        """Say what the file may be."""
        file = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, content_encoding="binary"))
        self.request_body = RequestBody(content=dict.fromkeys(KINDS, file), required=True)


@post(
    "/api/v1/attendance/imports",
    status_code=200,
    tags=["online"],
    operation_class=_FileOperation,
)
async def import_report(  # noqa: PLR0917  # the query of an upload
    request: Request,
    session: FromQuery[UUID],
    platform: FromQuery[Platform | None] = None,
    zone: Annotated[str, QueryParameter(max_length=40)] = "",
    reason: Annotated[str, QueryParameter(max_length=400)] = "",
    dry_run: FromQuery[bool] = False,  # noqa: FBT002
) -> ImportOut:
    """Take a report of Zoom, Teams or BigBlueButton, or our own CSV; with `dry_run` only say what would come of it.

    The body is the file (4 MB at most). `zone` is that of times which name none; the convention's if left out. The same
    report again, or a later one with more, adds what is new. `reason`: why an officer takes it after the time for it.
    """
    report = Report(data=await request.body(), platform=platform, zone=zone, reason=reason)
    work = taking.look if dry_run else taking.take
    found = await work(session=session, report=report, principal=request.scope["user"], now=request.now)
    return _out(found, dry_run=dry_run)


def _out(found: Outcome, *, dry_run: bool) -> ImportOut:
    plain = {name: getattr(found, name) for name in Outcome.__struct_fields__ if name != "notes"}
    notes = [NoteOut(note.line, note.code, str(CODES[note.code])) for note in found.notes]
    return ImportOut(**plain, dry_run=dry_run, notes=notes)


@get("/api/v1/sessions/{session:uuid}/registrants", tags=["online"])
async def list_registrants(request: Request, session: FromPath[UUID]) -> Response[RegistrantsOut]:
    """List everybody to register with a platform for a session: ids of ours, no names, no addresses."""
    found = await registrants.registrants(session=session, principal=request.scope["user"], now=request.now)
    return Response(RegistrantsOut(session, request.now, found), headers=UNKEPT)


HANDLERS: list[Any] = [import_report, list_registrants]
