"""Answers that may be asked for again: a strong entity tag, the time of the last change, 304 when nothing is new."""

import datetime as dt
import hashlib
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus

from litestar import Response

from app.core.web.request import Request


def answer(
    request: Request,
    body: bytes,
    *,
    media_type: str,
    etag: str = "",
    changed_at: dt.datetime | None = None,
    headers: dict[str, str] | None = None,
) -> Response[bytes]:
    """Answer `body`, or 304 without it when the asker has it already. `etag` is made from the body when not given.

    Everybody may keep the answer, but asks again before using it; the language decides what it says.
    """
    found = {
        "etag": etag or f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "cache-control": "public, no-cache",
        "vary": "Accept-Language, Cookie",
        "content-language": request.language,
        **(headers or {}),
    }
    if changed_at:
        found["last-modified"] = format_datetime(changed_at.astimezone(dt.UTC).replace(microsecond=0), usegmt=True)
    if _is_known(request, found["etag"], changed_at):
        return Response(b"", status_code=HTTPStatus.NOT_MODIFIED, headers=found, media_type=media_type)
    return Response(body, headers=found, media_type=media_type)


def _is_known(request: Request, etag: str, changed_at: dt.datetime | None) -> bool:
    """Compare as RFC 9110 13.2.2 says: the tag if one was sent, else the time."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return any(tag.strip().removeprefix("W/") in {etag, "*"} for tag in tags.split(","))
    since = _moment(request.headers.get("if-modified-since", ""))
    return bool(since and changed_at and changed_at.replace(microsecond=0) <= since)


def _moment(words: str) -> dt.datetime | None:
    try:
        found = parsedate_to_datetime(words)
    except ValueError:
        return None
    return found if found.tzinfo else None
