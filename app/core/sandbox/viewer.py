"""The pages of the mail catcher: a small application of its own, for the demo and for tests.

Mail is hostile: its HTML is shown in a sandboxed frame without scripts, network or our origin, and a file is
handed out as what it claims to be only when browsers show that kind safely.
"""

import base64
import datetime as dt
import re
from collections.abc import Callable, Sequence
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Litestar, Request, Response, get
from litestar.datastructures import MutableScopeHeaders, State
from litestar.enums import MediaType
from litestar.params import FromPath, QueryParameter
from litestar.types import Message, Scope
from markupsafe import Markup, escape

from app.core.errors import NotFound
from app.core.i18n import DEFAULT, gettext, language, match, use_language
from app.core.sandbox import mailbox
from app.core.sandbox.mailbox import Attachment, MessageSummary, MessageView

HERE = Path(__file__).parent
LOOPBACK = ("127.0.0.1", "localhost", "::1")

_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
# A link in a mail opens a window of its own; everything else a page could do is shut.
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:; font-src data:; "
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_FILE_POLICY = "sandbox; default-src 'none'; frame-ancestors 'self'"
# Browsers refuse to show a PDF in a sandbox; their viewers bring styles of their own.
_PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
_SHOWN = {"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"}
_KEPT = _SHOWN | {"text/calendar", "text/csv", "application/json", "application/vnd.apple.pkpass"}
_LINK = re.compile(r"https?://[\w\-.~:/?#\[\]@!$&'()*+,;=%]*[\w\-~/#@$&=%]", re.ASCII)
_CID = re.compile(r"""(["'(])\s*cid:([^"'()\s<>]{1,200})\s*(?=["')])""", re.IGNORECASE)
_HEAD = re.compile(r"<head[^>]{0,200}>", re.IGNORECASE)
_BASE = '<base target="_blank">'


class FileOut(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment as the API lists it; `size` in bytes, `url` relative to the viewer."""

    name: str
    type: str
    size: int
    url: str


class MessageOut(msgspec.Struct, frozen=True, kw_only=True):
    """A message as the API shows it; times in UTC."""

    id: str
    subject: str
    sender: str = msgspec.field(name="from")
    to: str
    recipients: str
    date: dt.datetime
    sent: dt.datetime | None
    message_id: str
    text: str
    html: str
    attachments: list[FileOut]


_Limit = Annotated[int, QueryParameter(ge=1, le=1000)]
_To = Annotated[str, QueryParameter(max_length=320)]


@get("/", sync_to_thread=True)
def show_list(request: Request[Any, Any, State], to: _To = "") -> Response[str]:
    """List the newest messages; the page asks again every five seconds."""
    return _page(request, "list.html", messages=mailbox.messages(request.app.state.directory, to=to), to=to)


@get("/messages/{key:str}", sync_to_thread=True)
def show_message(request: Request[Any, Any, State], key: FromPath[str]) -> Response[str]:
    """Show one message with its text, its page in a frame, and its files."""
    found = mailbox.message(request.app.state.directory, key)
    return _page(request, "message.html", message=found, files=_files(found), text=_linked(found.text))


@get("/messages/{key:str}/html", sync_to_thread=True)
def show_html(request: Request[Any, Any, State], key: FromPath[str]) -> Response[str]:
    """Serve the HTML part for the sandboxed frame, its own pictures put into it."""
    found = mailbox.message(request.app.state.directory, key)
    page = _self_contained(found)
    return Response(page, media_type=MediaType.HTML, headers={"Content-Security-Policy": _MAIL_POLICY})


@get("/messages/{key:str}/source", sync_to_thread=True)
def show_source(request: Request[Any, Any, State], key: FromPath[str]) -> Response[bytes]:
    """Hand out the message as it came."""
    headers = {"Content-Disposition": f'attachment; filename="{_id(key)}.eml"', "Content-Security-Policy": _FILE_POLICY}
    return Response(
        mailbox.source(request.app.state.directory, key), media_type="application/octet-stream", headers=headers
    )


@get("/messages/{key:str}/attachments/{number:int}", sync_to_thread=True)
def show_file(request: Request[Any, Any, State], key: FromPath[str], number: FromPath[int]) -> Response[bytes]:
    """Hand out an attachment, counted from 1; PDF and pictures are shown in the browser."""
    files = mailbox.message(request.app.state.directory, key).attachments
    if not 1 <= number <= len(files):
        raise NotFound
    return _file(files[number - 1])


@get("/api/messages", sync_to_thread=True)
def list_messages(
    request: Request[Any, Any, State], to: _To = "", limit: _Limit = mailbox.LIMIT
) -> list[MessageSummary]:
    """List the newest messages; `to` narrows to recipients that contain it."""
    return mailbox.messages(request.app.state.directory, to=to, limit=limit)


@get("/api/messages/{key:str}", sync_to_thread=True)
def read_message(request: Request[Any, Any, State], key: FromPath[str]) -> MessageOut:
    """Show one message."""
    found = mailbox.message(request.app.state.directory, key)
    fields = {name: getattr(found, name) for name in MessageOut.__struct_fields__ if name != "attachments"}
    return MessageOut(**fields, attachments=_files(found))


@get("/viewer.css", sync_to_thread=False)
def style() -> Response[str]:
    """Serve the one style sheet."""
    return Response(_style(), media_type="text/css")


def create_viewer(directory: Path, *, hosts: Sequence[str] = LOOPBACK) -> Litestar:
    """Return the viewer of the mail caught in `directory`/mail.

    `hosts` are the names it answers to: mail holds links to sign in with, which a page elsewhere must not read
    by pointing its own name here.
    """
    handlers = [show_list, show_message, show_html, show_source, show_file, list_messages, read_message, style]
    return Litestar(
        route_handlers=handlers,
        state=State({"directory": directory}),
        before_request=_guard(frozenset(hosts)),
        before_send=[_protect],
        exception_handlers={NotFound: _not_found},
        openapi_config=None,
        logging_config=None,
    )


def _guard(hosts: frozenset[str]) -> Callable[[Request[Any, Any, State]], Response[str] | None]:
    """Refuse names that are not ours, whatever the port; Litestar's own check counts the port as part of a name."""

    def refuse_strangers(request: Request[Any, Any, State]) -> Response[str] | None:
        try:
            name = urlsplit(f"//{request.headers.get('host', '')}").hostname
        except ValueError:
            name = None
        if name in hosts:
            return None
        return Response("This is not a name of the mail viewer.", status_code=400, media_type=MediaType.TEXT)

    return refuse_strangers


def _id(key: str) -> str:
    if not mailbox.ID.match(key):
        raise NotFound
    return key


def _not_found(request: Request[Any, Any, State], error: NotFound) -> Response[Any]:
    if request.url.path.startswith("/api/"):
        problem = {"type": "/problems/not-found", "title": str(error.title), "status": HTTPStatus.NOT_FOUND}
        return Response(problem, status_code=HTTPStatus.NOT_FOUND, media_type="application/problem+json")
    return _page(request, "missing.html", status=HTTPStatus.NOT_FOUND)


async def _protect(message: Message, scope: Scope) -> None:  # noqa: ARG001
    """Add the security headers to every answer, those of refusals as well."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
    headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Cache-Control"] = "no-store"


def _page(
    request: Request[Any, Any, State], template: str, *, status: int = HTTPStatus.OK, **values: Any
) -> Response[str]:
    use_language(match(request.headers.get("accept-language", "")) or DEFAULT)
    page = _templates().get_template(template).render(language=language(), **values)
    return Response(page, media_type=MediaType.HTML, status_code=status, headers={"Vary": "Accept-Language"})


@cache
def _templates() -> Environment:
    found = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined)
    found.globals["_"] = gettext
    return found


@cache
def _style() -> str:
    return (HERE / "viewer.css").read_text("utf-8")


def _files(found: MessageView) -> list[FileOut]:
    return [
        FileOut(name=one.name, type=one.type, size=len(one.content), url=f"/messages/{found.id}/attachments/{number}")
        for number, one in enumerate(found.attachments, start=1)
    ]


def _file(file: Attachment) -> Response[bytes]:
    place = "inline" if file.type in _SHOWN else "attachment"
    headers = {
        "Content-Disposition": f"{place}; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": _PDF_POLICY if file.type == "application/pdf" else _FILE_POLICY,
    }
    return Response(
        file.content, media_type=file.type if file.type in _KEPT else "application/octet-stream", headers=headers
    )


def _linked(text: str) -> Markup:
    """Escape `text`, and make links of the addresses in it."""
    parts: list[Markup] = []
    at = 0
    for found in _LINK.finditer(text):
        link = Markup('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>').format(found.group())
        parts += [escape(text[at : found.start()]), link]
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


def _self_contained(found: MessageView) -> str:
    pictures = {file.cid: file for file in found.attachments if file.cid and file.type in _SHOWN}

    def picture(reference: re.Match[str]) -> str:
        file = pictures.get(reference.group(2))
        data = base64.b64encode(file.content).decode() if file else ""
        return f"{reference.group(1)}data:{file.type if file else ''};base64,{data}"

    page = _CID.sub(picture, found.html)
    head = _HEAD.search(page)
    return page[: head.end()] + _BASE + page[head.end() :] if head else _BASE + page
