"""The first step of registering: how many tickets of which type."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import msgspec
from litestar import Response

from app.core.errors import DomainError, FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.i18n import moment, text
from app.core.web.pages import UNKEPT, page, see_other
from app.core.web.request import Request
from app.ticketing import queries
from app.ticketing.errors import OfferChanged, SoldOut
from app.ticketing.pages import draft_cookie, form_keeping, form_view, party
from app.ticketing.pages.party import Member, Party, word
from app.ticketing.registering import drafts, holds, offers, redeeming, voucher_tries
from app.ticketing.registering.redeeming import Redeemable
from app.ticketing.schemas import LARGEST_PARTY, Offer, OfferedType, TicketTypeOut

ACTIONS = frozenset({"choose", "choose-waiting", "choose-anew"})


class Choice(msgspec.Struct, frozen=True):
    """A ticket type as one chooses it, with its `days` where it is for few.

    `closed` says why it cannot be had now, `notes` what is to be known before.
    """

    type: TicketTypeOut
    group: str
    price: str
    days: str
    closed: str
    notes: list[str]

    @property
    def full(self) -> bool:
        """Whether one can only wait for it."""
        return self.type.left == 0


def key_of(form: Mapping[str, Any]) -> str:
    """Return the key that the form was shown with, or a new one."""
    return word(form, "key") or str(uuid4())


def draft_for(key: str) -> UUID:
    """Return the id of the draft of a form that was shown with a key: sent twice, it is one draft."""
    return uuid5(NAMESPACE_URL, f"draft/{key}")


async def known(request: Request) -> tuple[Member, str]:
    """Return what is known of whoever is signed in: as the first person of a form, and the address."""
    account = request.scope["user"].account
    found = await queries.known(account) if account else None
    me = msgspec.to_builtins(found) if found else {"email": ""}
    email = me.pop("email")
    return {name: value for name, value in me.items() if value}, email


async def show(
    request: Request, convention: str, form: Mapping[str, Any] | None = None, error: DomainError | None = None
) -> Response[str]:
    """Show what can be had."""
    found = await offers.offer(convention, now=request.now)
    left = await queries.places_left(found.convention)
    form = form or {name: request.query_params.get(name, "") for name in ("event", "voucher")}
    event = next((e for e in found.events.values() if e.slug == form.get("event")), None)
    types = offers.listed(found, left, now=request.now, event=event.slug if event else "")
    choices = [c for t in types if (c := _choice(t, found.types[t.slug], found, request)) is not None]
    return page(
        request,
        "ticketing/start.html",
        status=error.status if error else HTTPStatus.OK,
        headers=UNKEPT,
        convention=found,
        event=event,
        groups=_groups(choices, text(event.title) if event else ""),
        counts=_counts(form, choices),
        voucher=word(form, "voucher"),
        key=word(form, "key") or str(uuid4()),
        invites=any(c.type.admission == "invitation" for c in choices),
        errors=error.errors if isinstance(error, Invalid) else [],
        full=_full(error, found, left),
        begun=await _begun(request, convention),
        largest=LARGEST_PARTY,
    )


def _groups(choices: list[Choice], event: str) -> list[tuple[str, list[Choice]]]:
    """Return the choices under what they open; that of the `event` one comes from stands first."""
    groups: dict[str, list[Choice]] = {}
    for choice in choices:
        groups.setdefault(choice.group, []).append(choice)
    return sorted(groups.items(), key=lambda group: group[0] != event)


def _choice(t: TicketTypeOut, offered: OfferedType, found: Offer, request: Request) -> Choice | None:
    """Return a ticket type as a choice; what is over is no choice."""
    closed = offers.closed_because(offered, found, request.now)
    if closed is not None and closed.code == "past":
        return None
    events = " · ".join(t.events)
    return Choice(
        type=t,
        group=_("The whole convention") if offered.citywide and len(t.events) != 1 else events,
        price=form_view.priced(t.price, t.tax),
        days=form_view.days(t),
        closed=closed.detail if closed else "",
        notes=_notes(t, found.zone),
    )


def _notes(t: TicketTypeOut, zone: str) -> list[str]:
    notes = []
    if t.admission == "approval":
        notes.append(_("Each registration is looked at first; you hear from us by mail."))
    if t.admission == "invitation":
        notes.append(_("By invitation: you need the voucher code you were sent."))
    if t.sale_until:
        notes.append(_("Until %(moment)s.", moment=moment(t.sale_until, zone)))
    return notes


def _counts(form: Mapping[str, Any], choices: list[Choice]) -> dict[str, str]:
    """Return what stands in the fields: what was typed, else one where there is but one choice."""
    typed = form.get("count")
    if isinstance(typed, dict):
        return {slug: value for slug, value in typed.items() if isinstance(value, str)}
    return {choices[0].type.slug: "1"} if len(choices) == 1 and not choices[0].closed else {}


def _full(error: DomainError | None, found: Offer, left: Mapping[UUID, int]) -> list[tuple[str, int, int]]:
    """Return what lacks places: its name, how many were wanted, how many are left."""
    if not isinstance(error, SoldOut):
        return []
    places = {q.slug: left.get(q.id, 0) for q in found.quotas.values()}
    full: Any = error.extra["full"]
    return [(one["name"], one["wanted"], places[one["quota"]]) for one in full]


async def _begun(request: Request, convention: str) -> drafts.Draft | None:
    """Return the form that was begun in this browser."""
    bears = drafts.draft_of(draft_cookie.token_of(request))
    return await drafts.get(bears, convention=convention, now=request.now) if bears else None


async def choose(request: Request, convention: str, form: dict[str, Any]) -> Response[Any]:
    """Begin a form for what was chosen and keep its places, or say what is wrong or full."""
    if form["action"] == "choose-anew":
        return await _anew(request, convention)
    found = await offers.offer(convention, now=request.now)
    form["key"] = key_of(form)
    bears = draft_for(form["key"])
    try:
        counts = _wanted(form, found, request)
        code = word(form, "voucher")
        async with voucher_tries.counted(network=request.network, typed=bool(code), now=request.now):
            voucher = await _voucher(code, counts, found, request)
        if form["action"] == "choose":
            await holds.hold(convention=convention, wanted=counts, now=request.now, bears=bears)
    except (Invalid, SoldOut, OfferChanged) as error:
        return await show(request, convention, form, error)
    begun = await _form(request, found, form, counts, voucher)
    kept = await form_keeping.keep(request, convention, begun, bears)
    return draft_cookie.begun(see_other(f"/{convention}/register/{kept.token}"), convention, kept.token)


async def _anew(request: Request, convention: str) -> Response[bytes]:
    """Give the form up that was begun in this browser."""
    found = await _begun(request, convention)
    if found is not None:
        await drafts.give_up(found.id, now=request.now)
    return draft_cookie.forgotten(f"/{convention}/register", convention)


def _wanted(form: Mapping[str, Any], found: Offer, request: Request) -> dict[str, int]:
    """Return how many tickets of each type were chosen, or raise `Invalid` with every wrong field."""
    typed = form.get("count")
    chosen = {s: v for s, v in typed.items() if v not in ("", "0")} if isinstance(typed, dict) else {}
    numbers = {s: int(v) if isinstance(v, str) and v.isascii() and v.isdecimal() else -1 for s, v in chosen.items()}
    errors = [
        e
        for slug, n in numbers.items()
        for e in offers.type_errors(f"count.{slug}", slug, found, request.now) or _number_errors(f"count.{slug}", n)
    ]
    if not chosen:
        errors.append(FieldError("count", "required", _("Please choose how many tickets you want.")))
    elif not errors and sum(numbers.values()) > LARGEST_PARTY:
        words = _("A party has at most %(most)s people: please register in two parts.", most=LARGEST_PARTY)
        errors.append(FieldError("count", "range", words))
    if errors:
        raise Invalid(errors)
    return {slug: numbers[slug] for slug in found.types if slug in numbers}  # a form says its fields in any order


def _number_errors(field: str, n: int) -> list[FieldError]:
    if 0 < n <= LARGEST_PARTY:
        return []
    return [FieldError(field, "range", _("Please enter a number from 0 to %(most)s.", most=LARGEST_PARTY))]


async def _voucher(code: str, counts: Mapping[str, int], found: Offer, request: Request) -> Redeemable | None:
    """Return the voucher that was typed, or raise `Invalid` when it is wrong, or missing where one is needed."""
    invited = [slug for slug in counts if found.types[slug].admission == "invitation"]
    if not code:
        if invited:
            words = _("This ticket is by invitation: please enter the voucher code you were sent.")
            raise Invalid([FieldError("voucher", "required", words)])
        return None
    voucher = (await redeeming.find(convention=found.convention, codes={code}, now=request.now)).get(code)
    if voucher is None or not any(voucher.opens(found.types[slug]) for slug in counts):
        words = _("This voucher code is not good for this ticket. Please check how it is written.")
        raise Invalid([FieldError("voucher", "voucher", words)])
    return voucher


async def _form(
    request: Request, found: Offer, form: Mapping[str, Any], counts: Mapping[str, int], voucher: Redeemable | None
) -> dict[str, Any]:
    """Return the form to begin with: of the people typed before, or of whoever is signed in."""
    before = await drafts.get(draft_for(form["key"]), convention=found.slug, now=request.now)
    first, email = await known(request)
    begun: dict[str, Any] = before.form if before else {"party": [first] if first else [], "email": email}
    people = party.fitted(begun["party"], counts)
    return {
        **begun,
        "key": form["key"],
        "event": word(form, "event"),
        "party": _with_codes(people, word(form, "voucher"), voucher, found),
        "join_waiting_list": "true" if form["action"] == "choose-waiting" else "",
    }


def _with_codes(people: Party, code: str, voucher: Redeemable | None, found: Offer) -> Party:
    """Return the people with the voucher for those whose ticket it is good for, as many as may still use it."""
    left = voucher.left if voucher else 0
    given: Party = []
    for member in people:
        good = voucher is not None and left > 0 and voucher.opens(found.types[word(member, "ticket_type")])
        left -= good
        given.append({**member, "voucher": code} if good else member)
    return given
