"""An entry in the hands of a member: how it stands, what is missing, reading and signing, handing in, leaving."""

from http import HTTPStatus
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from app.awards.blinding import Leak, Names, leaks
from app.awards.entering import begin, complete, entries, evidence_words, members, screening, versions
from app.awards.entering.drafts import FIELD_NAMES
from app.awards.entering.listed import STATES
from app.awards.entering.members import Held
from app.awards.pages.entering import KINDS
from app.awards.releasing import released
from app.awards.schemas import FIELDS, EntryBody
from app.awards.topics import TOPICS
from app.core.errors import DomainError, FieldError, Invalid, NotFound
from app.core.i18n import NAMES, gettext_lazy
from app.core.i18n import gettext as _
from app.core.validation import check
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.people.persons import details_of
from app.people.residence import country_name

HTML: dict[str, Any] = {"include_in_schema": False}
POSTED: dict[str, Any] = {"include_in_schema": False, "status_code": HTTPStatus.SEE_OTHER}
PROVENANCE = {
    "written": gettext_lazy("Written in this language"),
    "translated": gettext_lazy("Translated by a person"),
    "machine": gettext_lazy("Translated by a machine"),
}
DONE = {
    "handed": gettext_lazy("Handed in. The others have been asked to sign it off."),
    "signed": gettext_lazy("Thank you. You have signed this version off."),
    "consented": gettext_lazy("Thank you. The entry is yours now."),
    "declined": gettext_lazy("You take no part in this entry."),
    "withdrawn": gettext_lazy("The entry is withdrawn."),
    "mailed": gettext_lazy("The link is on its way by mail."),
    "uploaded": gettext_lazy("The file is there."),
}


class Signature(Struct, frozen=True):
    """What is signed off: the digest of the version that was read, in hex."""

    digest: str


async def held(token: str) -> Held:
    """Return the entry that a link opens. Raises `NotFound`."""
    entry, member = entries.opened(token)
    return await members.held(entry, member)


async def framed(request: Request, found: Held, here: str = "") -> dict[str, Any]:
    """Return what the frame of an entry's pages shows."""
    changeable = found.entry.is_changeable(request.now) and not found.entry.awaits_consent
    return {
        "held": found,
        "entry": found.entry,
        "award": found.entry.award,
        "category": found.entry.category,
        "phase": found.entry.category.phase(request.now),
        "base": found.address,
        "changeable": changeable,
        "here": f"{found.address}/{here}" if here else found.address,
        "entry_tabs": _tabs(found) if changeable else [],
        "done_words": DONE,
    }


def _tabs(found: Held) -> list[tuple[str, str]]:
    base = found.address
    texts = [(f"{base}/texts/{tag}", NAMES[tag]) for tag in found.entry.award.languages]
    evidence = [(f"{base}/evidence", _("Climate evidence"))]
    return [
        (base, _("Overview")),
        *texts,
        (f"{base}/details", _("Topics and links")),
        *evidence,
        (f"{base}/files", _("Files")),
        (f"{base}/members", _("Members")),
    ]


@get("/entries/{token:str}", **HTML)
async def show_entry(request: Request, token: FromPath[str]) -> Response[str]:
    """Show how an entry stands, and what is missing."""
    return await _overview(request, await held(token))


async def _overview(request: Request, found: Held, error: DomainError | None = None) -> Response[str]:
    body = await versions.drafted(found)
    made = await versions.of(found.entry.id)
    latest = made[0] if made else None
    fresh = latest is None or latest.digest != versions.digest_of(versions.encode(body))
    return page(
        request,
        "awards/entering/overview.html",
        status=error.status if error else 200,
        headers=UNKEPT,
        **await framed(request, found),
        versions=made,
        latest=latest,
        fresh=fresh,
        missing=complete.missing(found, body),
        screened=await screening.standing(found.entry.id) if found.entry.state == "submitted" else None,
        states=STATES,
        errors=error.errors if isinstance(error, Invalid) else [],
        refusal=error.detail if error and not isinstance(error, Invalid) else "",
        pages=_where(found),
        nominator=await _nominator(found),
        released=bool(await released.of_entry(found.entry.id)),
        countries=country_name,
    )


def _where(found: Held) -> dict[str, str]:
    """Return the address at which each thing that is missing is put right."""
    base, first = found.address, found.entry.award.languages[0]
    tags = {f"texts.{tag}": f"{base}/texts/{tag}" for tag in found.entry.award.languages}
    plain = {name: f"{base}/{name}" for name in ("members", "evidence", "files", "details")}
    return {"texts": f"{base}/texts/{first}", **tags, **plain}


async def _nominator(found: Held) -> str:
    """Return the name of whoever has nominated, for the nominee."""
    person = found.entry.nominator
    known = await details_of([person]) if person else {}
    return known[person].name if person in known else ""


@post("/entries/{token:str}/consent", **POSTED)
async def consent(request: Request, token: FromPath[str]) -> Response[Any]:
    """Accept a nomination."""
    entry, member = entries.opened(token)
    return await _acted(request, token, begin.consent(entry=entry, member=member, now=request.now), "consented")


@post("/entries/{token:str}/hand-in", **POSTED)
async def hand_in(request: Request, token: FromPath[str]) -> Response[Any]:
    """Make a version, sign it and ask the others to."""
    entry, member = entries.opened(token)
    return await _acted(request, token, versions.hand_in(entry=entry, member=member, now=request.now), "handed")


@get("/entries/{token:str}/read", **HTML)
async def read(request: Request, token: FromPath[str]) -> Response[str]:
    """Show the latest version word for word, to be signed off; before there is one, the draft."""
    return await _read(request, await held(token))


async def _read(request: Request, found: Held, error: DomainError | None = None) -> Response[str]:
    latest = await versions.latest(found.entry.id)
    body = await versions.body_of(latest.id) if latest else await versions.drafted(found)
    return page(
        request,
        "awards/entering/read.html",
        status=error.status if error else 200,
        headers=UNKEPT,
        **await framed(request, found, "read"),
        latest=latest,
        refusal=error.detail if error else "",
        leaks=await _leaks(found, body),
        **shown(body),
    )


async def _leaks(found: Held, body: EntryBody) -> list[Leak]:
    """Return the words that judges of a blind round will not see, so that the text can be written without them."""
    return leaks(body, await names_of(found)) if found.entry.blind else []


async def names_of(found: Held) -> Names:
    """Return what judges of a blind round may not learn of an entry: its persons and organisations."""
    known = (await members.parties([found.entry.id]))[found.entry.id]
    return Names(known.persons, known.organisations)


def shown(body: EntryBody) -> dict[str, Any]:
    """Return what a page needs to show an entry whole."""
    return {
        "body": body,
        "field_names": {name: FIELD_NAMES[name] for name in FIELDS},
        "provenance": PROVENANCE,
        "topic_names": TOPICS,
        "kinds": KINDS,
        "country": country_name,
        "evidence_words": evidence_words,
    }


@post("/entries/{token:str}/sign", **POSTED)
async def sign(request: Request, token: FromPath[str]) -> Response[Any]:
    """Sign off the version that was read, and no other."""
    entry, member = entries.opened(token)
    digest = _digest(check(await read_form(request), Signature))
    try:
        await versions.sign(entry=entry, member=member, digest=digest, now=request.now)
    except NotFound:
        raise
    except DomainError as error:
        return await _read(request, await held(token), error)
    return done(f"/entries/{token}", "signed")


def _digest(wish: Signature) -> bytes:
    try:
        return bytes.fromhex(wish.digest)
    except ValueError:
        raise Invalid([FieldError("digest", "format", _("This is not an identifier of ours."))]) from None


@get("/entries/{token:str}/decline", **HTML)
async def ask_decline(request: Request, token: FromPath[str]) -> Response[str]:
    """Ask before a member refuses."""
    found = await held(token)
    words = _("The entry cannot be handed in with your name, and whoever leads it is told.")
    if found.me.lead:
        words = _("Your entry is withdrawn, and nobody judges it.")
    return _confirm(request, found, "decline", _("Do you refuse to take part?"), words=words, button=_("Refuse"))


@post("/entries/{token:str}/decline", **POSTED)
async def decline(request: Request, token: FromPath[str]) -> Response[Any]:
    """Refuse to be a member, or to be nominated."""
    entry, member = entries.opened(token)
    return await _acted(request, token, versions.decline(entry=entry, member=member, now=request.now), "declined")


@get("/entries/{token:str}/withdraw", **HTML)
async def ask_withdraw(request: Request, token: FromPath[str]) -> Response[str]:
    """Ask before an entry is withdrawn."""
    words = _("It is not judged any more. All members are told. Only the office can bring it back.")
    return _confirm(request, await held(token), "withdraw", _("Withdraw the entry?"), words=words, button=_("Withdraw"))


@post("/entries/{token:str}/withdraw", **POSTED)
async def withdraw(request: Request, token: FromPath[str]) -> Response[Any]:
    """Withdraw an entry."""
    entry, member = entries.opened(token)
    return await _acted(request, token, versions.withdraw(entry=entry, member=member, now=request.now), "withdrawn")


def _confirm(request: Request, found: Held, act: str, question: str, *, words: str, button: str) -> Response[str]:
    return page(
        request,
        "core/confirm.html",
        headers=UNKEPT,
        question=question,
        words=words,
        action=f"{found.address}/{act}",
        button=button,
        back=found.address,
        danger=True,
    )


async def _acted(request: Request, token: str, work: Any, key: str) -> Response[Any]:
    """Do something and lead back to the entry, or show the entry with what kept it from being done."""
    try:
        await work
    except NotFound:
        raise
    except DomainError as error:
        return await _overview(request, await held(token), error)
    return done(f"/entries/{token}", key)


HANDLERS: list[Any] = [
    show_entry,
    consent,
    hand_in,
    read,
    sign,
    ask_decline,
    decline,
    ask_withdraw,
    withdraw,
]
