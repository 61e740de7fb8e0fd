"""Writing an entry, part by part: texts in each language, topics and links, evidence, files, members."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from app.awards.blinding import Leak, leaks_in_file
from app.awards.entering import complete, drafts, evidence_words, files
from app.awards.entering.drafts import FIELD_HINTS, FIELD_NAMES, DetailsEdit, Saving
from app.awards.entering.evidence_form import EvidenceForm
from app.awards.entering.members import Held
from app.awards.pages.entering import LABELS
from app.awards.pages.entry import HTML, PROVENANCE, framed, held, names_of
from app.awards.schemas import FIELDS, Said
from app.awards.topics import TOPICS
from app.core.errors import DomainError, Invalid, NotFound, Outdated
from app.core.i18n import gettext as _
from app.core.validation import check
from app.core.web.console import done, listed
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events.pages.frame import Typed

LARGEST_FORM = files.LARGEST + 64 * 1024
"""Bytes of a form with one file."""
REFUSED = (Invalid, Outdated)


async def written(token: str, request: Request) -> Held:
    """Return an entry that may be changed now. Raises `NotFound`, `EntriesClosed`."""
    found = await held(token)
    found.entry.require_changeable(request.now)
    if found.entry.awaits_consent:
        raise NotFound
    return found


def _saving(form: dict[str, Any]) -> Saving:
    seen, by = str(form.pop("seen", "")), str(form.pop("by", ""))
    form.pop("csrf", None)
    return Saving(int(seen) if seen.isdecimal() and len(seen) < 10 else -1, by)


async def part_form(
    request: Request, found: Held, part: str, form: dict[str, Any], error: DomainError | None = None, **values: Any
) -> Response[str]:
    """Show a part of the draft, with what was typed and what is wrong."""
    saving: Saving | None = values.pop("saving", None)
    seen = found.entry.draft_revision if saving is None else saving.seen
    return page(
        request,
        f"awards/entering/write_{part.partition('/')[0]}.html",
        status=error.status if error else 200,
        headers=UNKEPT,
        **await framed(request, found, part),
        form=Typed(form),
        seen=error.revision if isinstance(error, Outdated) else seen,
        by=saving.by if saving else uuid4().hex,
        errors=error.errors if isinstance(error, REFUSED) else [],
        outdated=isinstance(error, Outdated),
        labels={**LABELS, **FIELD_NAMES, "topics": _("Topics"), "links": _("Links"), "file": _("File")},
        **values,
    )


def _kept(form: dict[str, Any]) -> bool:
    """Whether the form was sent by a script that keeps what is being typed."""
    return str(form.pop("action", "")) == "follow"


def _quiet(error: DomainError | None) -> Response[bytes]:
    return Response(b"", status_code=error.status if error else HTTPStatus.NO_CONTENT)


# texts


@get("/entries/{token:str}/texts/{language:str}", **HTML)
async def show_texts(request: Request, token: FromPath[str], language: FromPath[str]) -> Response[str]:
    """Show what is said in one language."""
    found = await written(token, request)
    said = {name: found.entry.form.texts.get(name, {}).get(language) for name in FIELDS}
    form = {name: one.text for name, one in said.items() if one}
    how = {f"how_{name}": one.provenance for name, one in said.items() if one}
    return await _texts(request, found, language, {**form, **how})


@post("/entries/{token:str}/texts/{language:str}", include_in_schema=False, status_code=200)
async def save_texts(request: Request, token: FromPath[str], language: FromPath[str]) -> Response[Any]:
    """Save what is said in one language; a script sends `action=follow` and wants no page."""
    found = await written(token, request)
    form = await read_form(request)
    quiet, saving = _kept(form), _saving(form)
    texts = {name: drafts.said(form.get(name), form.get(f"how_{name}")) for name in FIELDS}
    error = await _saved(
        drafts.save_texts(
            entry=found.entry.id, member=found.me.id, language=language, texts=texts, saving=saving, now=request.now
        )
    )
    if quiet:
        return _quiet(error)
    if error:
        return await _texts(request, found, language, form, error, saving=saving)
    return done(f"{found.address}/texts/{quote(language)}", "saved")


async def _saved(work: Any) -> DomainError | None:
    """Do it and return what was wrong with it, if anything."""
    try:
        await work
    except REFUSED as error:
        return error
    return None


async def _texts(
    request: Request,
    found: Held,
    language: str,
    form: dict[str, Any],
    error: DomainError | None = None,
    *,
    saving: Saving | None = None,
) -> Response[str]:
    if language not in found.entry.award.languages:
        raise NotFound
    beside = {name: _beside(found, name, language) for name in FIELDS}
    return await part_form(
        request,
        found,
        f"texts/{language}",
        form,
        error,
        saving=saving,
        tag=language,
        fields=[(name, FIELD_NAMES[name], FIELD_HINTS[name]) for name in FIELDS],
        beside=beside,
        provenance=list(PROVENANCE.items()),
        usual="written" if language == found.entry.language or not any(beside.values()) else "translated",
    )


def _beside(found: Held, name: str, language: str) -> tuple[str, Said] | None:
    """Return the same field in another language, the entry's own first, to translate from."""
    said = found.entry.form.texts.get(name, {})
    order = (found.entry.language, *found.entry.award.languages)
    return next(((tag, said[tag]) for tag in order if tag != language and tag in said), None)


# topics and links


@get("/entries/{token:str}/details", **HTML)
async def show_details(request: Request, token: FromPath[str]) -> Response[str]:
    """Show topics and links."""
    found = await written(token, request)
    form = {"topics": list(found.entry.form.topics), "links": "\n".join(found.entry.form.links)}
    return await part_form(request, found, "details", form, topic_options=list(TOPICS.items()))


@post("/entries/{token:str}/details", include_in_schema=False, status_code=200)
async def save_details(request: Request, token: FromPath[str]) -> Response[Any]:
    """Save topics and links, one address on each line."""
    found = await written(token, request)
    form = await read_form(request)
    quiet, saving = _kept(form), _saving(form)
    form = listed(form, "topics")
    error = await _saved(_keep_details(found, form, saving, request))
    if quiet:
        return _quiet(error)
    if error:
        return await part_form(
            request, found, "details", form, error, saving=saving, topic_options=list(TOPICS.items())
        )
    return done(f"{found.address}/details", "saved")


async def _keep_details(found: Held, form: dict[str, Any], saving: Saving, request: Request) -> None:
    links = str(form.get("links") or "").split()
    try:
        wish = check({"topics": form["topics"], "links": links}, DetailsEdit)
    except Invalid as error:
        raise Invalid(_plainer(error)) from error
    await drafts.save_details(entry=found.entry.id, member=found.me.id, wish=wish, saving=saving, now=request.now)


def _plainer(error: Invalid) -> list[Any]:
    words = _("Give an address that begins with https://.")
    return [
        msgspec.structs.replace(one, field="links", detail=words) if one.field.startswith("links[") else one
        for one in error.errors[:1]
    ]


# climate evidence


@get("/entries/{token:str}/evidence", **HTML)
async def show_evidence(request: Request, token: FromPath[str]) -> Response[str]:
    """Show the form of the climate evidence, and what it comes to."""
    found = await written(token, request)
    return await _evidence(request, found, found.entry.form.evidence)


@post("/entries/{token:str}/evidence", include_in_schema=False, status_code=200)
async def save_evidence(request: Request, token: FromPath[str]) -> Response[Any]:
    """Save the climate evidence as it was typed: it may be incomplete."""
    found = await written(token, request)
    form = await read_form(request)
    quiet, saving = _kept(form), _saving(form)
    typed = form.get("evidence") if isinstance(form.get("evidence"), dict) else {}
    error = await _saved(_keep_evidence(found, typed or {}, saving, request))
    if quiet:
        return _quiet(error)
    if error:
        return await _evidence(request, found, typed or {}, error, saving=saving)
    return done(f"{found.address}/evidence", "saved")


async def _keep_evidence(found: Held, typed: dict[str, Any], saving: Saving, request: Request) -> None:
    plain = msgspec.to_builtins(check(typed, EvidenceForm))
    await drafts.save_evidence(entry=found.entry.id, member=found.me.id, typed=plain, saving=saving, now=request.now)


async def _evidence(
    request: Request,
    found: Held,
    typed: dict[str, Any],
    error: DomainError | None = None,
    saving: Saving | None = None,
) -> Response[str]:
    told, wrong = complete.evidence_of(found.entry)
    return await part_form(
        request,
        found,
        "evidence",
        typed,
        error,
        saving=saving,
        evidence=told,
        words=evidence_words,
        units=evidence_words.unit_options(),
        wrong=wrong if found.entry.form.evidence == typed else [],
    )


# files


@get("/entries/{token:str}/files", **HTML)
async def show_files(request: Request, token: FromPath[str]) -> Response[str]:
    """Show the files of an entry."""
    return await _files(request, await written(token, request))


@post("/entries/{token:str}/files", include_in_schema=False, status_code=200, request_max_body_size=LARGEST_FORM)
async def send_file(request: Request, token: FromPath[str]) -> Response[Any]:
    """Keep a file, or take one out."""
    found = await written(token, request)
    form = await read_form(request)
    try:
        telling = await _keep_file(request, found, form)
    except Invalid as error:
        return await _files(request, found, error)
    if telling:
        return await _files(request, found, leaks=telling)
    return done(f"{found.address}/files", "removed" if "remove" in form else "uploaded")


async def _keep_file(request: Request, found: Held, form: dict[str, Any]) -> list[Leak]:
    """Do as the form says, and return what in a file that was sent gives its senders away to a blind round."""
    entry, member = found.entry.id, found.me.id
    if "remove" in form:
        await files.remove(entry=entry, member=member, file=_id(form["remove"]), now=request.now)
        return []
    sent = form.get("file")
    data = await sent.read(files.LARGEST + 1) if isinstance(sent, UploadFile) else b""
    name, kind = (sent.filename, sent.content_type) if isinstance(sent, UploadFile) else ("", "")
    await files.store(entry=entry, member=member, name=name, media_type=kind, data=data, now=request.now)
    if not found.entry.blind:
        return []
    return await asyncio.to_thread(leaks_in_file, data, files.kind_of(data), await names_of(found))


def _id(typed: object) -> UUID:
    try:
        return UUID(str(typed))
    except ValueError:
        raise NotFound from None


async def _files(
    request: Request, found: Held, error: Invalid | None = None, leaks: Sequence[Leak] = ()
) -> Response[str]:
    there, largest = await files.bodies(found.entry.id), files.LARGEST // 1024**2
    return await part_form(
        request, found, "files", {}, error, files=there, most=files.MOST, largest=largest, leaks=leaks
    )


@get("/entries/{token:str}/files/{file:uuid}", **HTML)
async def show_file(token: FromPath[str], file: FromPath[UUID]) -> Response[bytes]:
    """Give a member a file of the own entry."""
    found = await held(token)
    return handed(await files.content(file, entry=found.entry.id))


def handed(file: files.Handed) -> Response[bytes]:
    """Hand a file out: browsers keep it, and open nothing of it here."""
    return Response(
        file.data,
        media_type=file.media_type,
        headers={
            **UNKEPT,
            "content-disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
            "x-content-type-options": "nosniff",
            "content-security-policy": "sandbox; default-src 'none'",
        },
    )


HANDLERS: list[Any] = [
    show_texts,
    save_texts,
    show_details,
    save_details,
    show_evidence,
    save_evidence,
    show_files,
    send_file,
    show_file,
]
