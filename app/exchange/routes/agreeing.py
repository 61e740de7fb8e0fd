"""The JSON API of partners, agreements and sources. A partner reads its own; what belongs to others is not found."""

import datetime as dt
import re
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, HeaderParameter, JSONBody, PathParameter
from msgspec import Struct

from app.core.errors import NotFound
from app.core.web.pages import UNKEPT
from app.core.web.request import Request
from app.exchange.agreeing import agreements, overview, partners, reach, reports, sources, standing
from app.exchange.agreeing.edits import AgreementEdit, NewSource, PartnerEdit, SourceEdit
from app.exchange.agreeing.overview import PartnerLine, SourceLine
from app.exchange.agreeing.reach import PartnerRef
from app.exchange.agreeing.standing import Standing
from app.exchange.pulling.pull import pull
from app.exchange.pulling.pulls import PullRef
from app.exchange.routes.paging import USUAL, After, Limit, further, part
from app.exchange.schemas import Class, Counts, Kind, Publishes, Words
from app.exchange.terms import State
from app.exchange.words import said
from app.people.roles import Principal

PARTNERS = "/api/v1/partners"
ONE = f"{PARTNERS}/{{partner:str}}"
_TAG = re.compile(r'(?:W/)?"?([0-9]{1,9})"?', re.ASCII)
Seen = Annotated[str, HeaderParameter(name="If-Match", required=False, description='The revision, such as "3".')]
Act = Annotated[str, PathParameter(description="The id of a source, a colon, and pull, live or pause.")]


class PartnerOut(Struct, frozen=True, kw_only=True):
    """A partner city; `state` that of its agreement, None without one. `to_decide` and `failing` are counts."""

    id: UUID
    slug: str
    name: Words
    code: str
    url: str
    revision: int
    state: State | None
    sources: int
    events: int
    to_decide: int
    failing: int


class AgreementOut(Struct, frozen=True, kw_only=True):
    """What was agreed. `until` is the last day of the term that runs, `ends_on` the last one for good, if there is one.

    `deadline` is the next day by which somebody has to decide: the end for good, or the last one for a notice.
    """

    id: UUID
    title: str
    state: State
    valid_from: dt.date
    valid_until: dt.date
    renews: bool
    notice_days: int
    notice_on: dt.date | None
    revoked_at: dt.datetime | None
    until: dt.date
    ends_on: dt.date | None
    deadline: dt.date
    licence: str
    attribution: Words
    fields: dict[str, Class]
    onward: bool
    publishes: Publishes
    revision: int


class SourceOut(Struct, frozen=True, kw_only=True):
    """A source without its address, which may be secret. `state` stopped | new | paused | failing | live."""

    id: UUID
    agreement: UUID
    kind: Kind
    name: str
    state: str
    zone: str
    language: str
    events: int
    to_decide: int
    refresh_seconds: int
    next_at: dt.datetime | None
    read_at: dt.datetime | None
    failures: int
    problem: str
    revision: int


class FindingOut(Struct, frozen=True, kw_only=True):
    """What was found on a line (0 for the file as a whole), in the reader's language; `lost` when it was left out."""

    line: int
    code: str
    words: str
    lost: bool
    field: str
    written: str


class ReadingOut(Struct, frozen=True, kw_only=True):
    """A reading and its report; `found` counts all findings, also those that are not listed."""

    id: UUID
    source: UUID
    begun_at: dt.datetime
    why: str
    outcome: str
    problem: str
    problem_words: str
    counts: Counts
    found: int
    findings: list[FindingOut]


@get(PARTNERS)
async def list_partners(request: Request, limit: Limit = USUAL, cursor: After = None) -> Response[list[PartnerOut]]:
    """Return the partner cities within reach, by slug; the Link header leads to those that follow."""
    keys, after = part(await overview.keys(_who(request)), lambda key: key, cursor, limit)
    found = [_partner(one) for one in await overview.lines(keys, request.now)]
    return Response(found, headers={**UNKEPT, **further(request, after)})


def _partner(line: PartnerLine) -> PartnerOut:
    plain = msgspec.structs.asdict(line.partner)
    agreed = line.latest
    return PartnerOut(
        **plain,
        state=agreed.state if agreed else None,
        sources=len(line.sources),
        events=line.shown,
        to_decide=line.decisions,
        failing=line.failing,
    )


@post(PARTNERS)
async def create_partner(request: Request, data: JSONBody[PartnerEdit]) -> PartnerOut:
    """Add a partner city."""
    made = await partners.create(principal=_who(request), wish=data, now=request.now)
    return await _read_partner(request, made)


async def _read_partner(request: Request, found: PartnerRef) -> PartnerOut:
    return _partner(await overview.of_partner(found, request.now))


@get(ONE)
async def read_partner(request: Request, partner: FromPath[str]) -> PartnerOut:
    """Return a partner city."""
    return await _read_partner(request, await reach.partner(partner, _who(request)))


@put(ONE)
async def change_partner(
    request: Request, partner: FromPath[str], data: JSONBody[PartnerEdit], if_match: Seen = ""
) -> PartnerOut:
    """Change a partner city, made from the revision in If-Match."""
    found = await reach.partner(partner, _who(request))
    await partners.change(principal=_who(request), partner=found.id, seen=_seen(if_match), wish=data, now=request.now)
    return await _read_partner(request, await reach.any_partner(found.id))


def _seen(header: str) -> int:
    """Return a revision; without one nothing is known to be seen."""
    found = _TAG.fullmatch(header.strip())
    return int(found[1]) if found else -1


@get(f"{ONE}/agreements")
async def list_agreements(
    request: Request, partner: FromPath[str], limit: Limit = USUAL, cursor: After = None
) -> Response[list[AgreementOut]]:
    """Return what was agreed with a partner, the latest first; the Link header leads to those that follow."""
    of = await reach.partner(partner, _who(request))
    agreed = await standing.of_partner(of.id, request.now)
    shown, after = part(agreed, lambda one: one.agreement.id, cursor, limit)
    return Response([await _agreement(one) for one in shown], headers={**UNKEPT, **further(request, after)})


async def _agreement(found: Standing) -> AgreementOut:
    agreed = msgspec.structs.asdict(found.agreement)
    held = await agreements.stored(found.agreement)
    del agreed["partner"]
    return AgreementOut(
        **agreed,
        title=held.edit.title,
        state=found.state,
        until=found.until,
        ends_on=found.ends_on,
        deadline=found.deadline,
        revision=held.revision,
    )


@post(f"{ONE}/agreements")
async def create_agreement(request: Request, partner: FromPath[str], data: JSONBody[AgreementEdit]) -> AgreementOut:
    """Add an agreement."""
    found = await reach.partner(partner, _who(request))
    made = await agreements.create(principal=_who(request), partner=found.id, wish=data, now=request.now)
    return await _read_agreement(request, made)


async def _read_agreement(request: Request, key: UUID) -> AgreementOut:
    return await _agreement(standing.standing(await reach.any_agreement(key), request.now))


@put(f"{ONE}/agreements/{{agreement:str}}")
async def change_agreement(
    request: Request,
    partner: FromPath[str],
    agreement: FromPath[str],
    data: JSONBody[AgreementEdit],
    if_match: Seen = "",
) -> AgreementOut:
    """Change an agreement, made from the revision in If-Match."""
    found = await reach.agreement_with(await reach.partner(partner, _who(request)), agreement)
    await agreements.change(principal=_who(request), agreement=found, seen=_seen(if_match), wish=data, now=request.now)
    return await _read_agreement(request, found.id)


@get(f"{ONE}/sources")
async def list_sources(
    request: Request, partner: FromPath[str], limit: Limit = USUAL, cursor: After = None
) -> Response[list[SourceOut]]:
    """Return the sources of a partner; the Link header leads to those that follow."""
    line = await overview.of_partner(await reach.partner(partner, _who(request)), request.now)
    shown, after = part(line.sources, lambda one: one.source.id, cursor, limit)
    return Response([_source(one) for one in shown], headers={**UNKEPT, **further(request, after)})


def _source(line: SourceLine) -> SourceOut:
    mine = {name: getattr(line.source, name) for name in SourceOut.__struct_fields__ if hasattr(line.source, name)}
    return SourceOut(**mine, state=line.state, events=line.shown, to_decide=line.decisions, problem=line.problem)


@post(f"{ONE}/sources")
async def create_source(request: Request, partner: FromPath[str], data: JSONBody[NewSource]) -> SourceOut:
    """Add a source, paused; when it has an address it is read once."""
    found = await reach.partner(partner, _who(request))
    wish = msgspec.structs.replace(data, partner=found.slug, city="")
    made = await sources.add(principal=_who(request), wish=wish, now=request.now)
    if made.url_sealed:
        await pull(source=made.id, now=request.now, why="officer")
    return await _read_source(request, made.id)


async def _read_source(request: Request, key: UUID) -> SourceOut:
    return _source(await overview.of_source(await reach.any_source(key), request.now))


@put(f"{ONE}/sources/{{source:str}}")
async def change_source(
    request: Request, partner: FromPath[str], source: FromPath[str], data: JSONBody[SourceEdit], if_match: Seen = ""
) -> SourceOut:
    """Change a source, made from the revision in If-Match; without an address the one there is stays."""
    found = await reach.source_from(await reach.partner(partner, _who(request)), source)
    await sources.change(principal=_who(request), source=found, seen=_seen(if_match), wish=data, now=request.now)
    return await _read_source(request, found.id)


@get(f"{ONE}/sources/{{source:str}}/report")
async def read_report(request: Request, partner: FromPath[str], source: FromPath[str]) -> ReadingOut:
    """Return the last report of a source. 404 before the first reading."""
    found = await reach.source_from(await reach.partner(partner, _who(request)), source)
    report = await reports.report(found, reading=None, show="all")
    if report is None:
        raise NotFound
    return _reading(report.pull)


def _reading(found: PullRef) -> ReadingOut:
    return ReadingOut(
        **{name: getattr(found, name) for name in ("id", "source", "begun_at", "why", "outcome", "problem", "counts")},
        problem_words=said(found.problem) if found.problem else "",
        found=found.found,
        findings=[
            FindingOut(
                line=one.number,
                code=one.code,
                words=said(one.code),
                lost=one.lost,
                field=one.field,
                written=one.written,
            )
            for one in found.report
        ],
    )


@post("/api/v1/sources/{source:str}", status_code=200)
async def act_on_source(request: Request, source: Act) -> ReadingOut | SourceOut:
    """Read a source now (`ID:pull`, answered with its report), let it go live (`ID:live`) or pause it (`ID:pause`)."""
    key, _colon, act = source.rpartition(":")
    found = await reach.source(key, _who(request))
    if act == "pull":
        return _reading(await pull(source=found.id, now=request.now, why="officer"))
    if act not in _TURNS:
        raise NotFound
    await _TURNS[act](principal=_who(request), source=found, now=request.now)
    return await _read_source(request, found.id)


_TURNS = {"live": sources.go_live, "pause": sources.pause}


def _who(request: Request) -> Principal:
    principal: Principal = request.scope["user"]
    return principal


HANDLERS: list[Any] = [
    list_partners,
    create_partner,
    read_partner,
    change_partner,
    list_agreements,
    create_agreement,
    change_agreement,
    list_sources,
    create_source,
    change_source,
    read_report,
    act_on_source,
]
