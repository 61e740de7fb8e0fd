"""Files sent with a form: kept at once, so that an error elsewhere does not lose them."""

import hashlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid5

from litestar.datastructures import UploadFile

from app.core.errors import FieldError, Invalid
from app.core.web.request import Request
from app.people.limited import UPLOADS
from app.ticketing.pages.party import Member
from app.ticketing.registering import uploads
from app.ticketing.schemas import Offer

LARGEST_FORM = 5 * uploads.LARGEST
"""Bytes of a form with its files; more of them are sent one after the other."""


async def count(request: Request) -> None:
    """Count a file, or raise `TooManyRequests`."""
    for limit in UPLOADS:
        await limit.take(request.network, request.now)


async def keep(form: dict[str, Any], found: Offer, *, bears: UUID, request: Request) -> list[FieldError]:
    """Keep the files of a form and put their tokens in their place; return what is wrong with the others.

    The same file sent twice with the same form, which `bears` is drawn for, is the same upload.
    """
    questions = {q.slug: q for q in found.questions if q.kind == "file"}
    errors = []
    files = list(_files(form["party"]))
    forget(form)
    for place, answers, slug, file in files:
        data = await file.read(uploads.LARGEST + 1)
        kept = _tokens(answers.pop(slug, None))
        if slug in questions and (data or file.filename):
            await count(request)
            try:
                kept = [await _store(questions[slug].id, file, data, _id(bears, place, slug, data), request)]
            except Invalid as error:
                errors += [FieldError(f"party[{place}].answers.{slug}", e.code, e.detail) for e in error.errors]
        if kept:
            answers[slug] = kept[-1]
    return errors


def _files(party: list[Member]) -> Iterator[tuple[int, dict[str, Any], str, UploadFile]]:
    for place, member in enumerate(party):
        answers = member.get("answers", {})
        for slug, value in list(answers.items()):
            found = [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, UploadFile)]
            if found:
                yield place, answers, slug, found[-1]


def _tokens(value: object) -> list[str]:
    """Return what was sent before in the same place."""
    return [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str) and v]


def _id(bears: UUID, place: int, slug: str, data: bytes) -> UUID:
    return uuid5(bears, f"{place}.{slug}.{hashlib.sha256(data).hexdigest()}")


async def _store(question: UUID, file: UploadFile, data: bytes, upload: UUID, request: Request) -> str:
    return await uploads.store(
        question=question,
        name=file.filename,
        media_type=file.content_type,
        data=data,
        now=request.now,
        bears=upload,
    )


def forget(tree: Any) -> None:
    """Take files out of a form, wherever they are: what is left can be kept and shown again."""
    rows = list(tree.items()) if isinstance(tree, dict) else list(enumerate(tree)) if isinstance(tree, list) else []
    for key, value in rows:
        if isinstance(value, UploadFile):
            tree[key] = ""
        else:
            forget(value)
