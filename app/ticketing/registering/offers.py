"""What can be had: the offer of a convention, and whether a wish fits it."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.i18n import moment, text
from app.core.mail import is_mailable
from app.core.validation import Address, problems
from app.people import consents
from app.people.consents import ConsentText
from app.ticketing import queries
from app.ticketing.errors import SoldOut
from app.ticketing.registering.asked import answer_errors, asked
from app.ticketing.schemas import (
    Offer,
    OfferedQuestion,
    OfferedSession,
    OfferedType,
    QuestionOut,
    RegistrationRequest,
    TicketTypeOut,
)

TERMS = ConsentText(
    id=UUID(int=0),
    purpose="terms",
    version="terms-2026",
    required=True,
    title={
        "en": "I agree to the terms of participation and to the use of these details",
        "ja": "参加規約と個人情報の利用に同意します",
    },
    body={
        "en": "These details are used for tickets, entry and anonymous statistics, and for nothing else.",
        "ja": "入力された情報は、チケット、入場、匿名の統計のためだけに利用します。",
    },
    created_at=dt.datetime.min.replace(tzinfo=dt.UTC),
    published_at=dt.datetime.min.replace(tzinfo=dt.UTC),
    retired_at=None,
)
"""What everybody agrees to while the office has published no terms of its own: nobody registers without any."""
REMEMBERED = dt.timedelta(seconds=2)
"""How long a process trusts the offer it has read; what is left is never part of it."""

FORGET: list[Callable[[], None]] = []
"""Memories of packages above of what was read of ticket types and the programme; told whenever offers are forgotten."""

_remembered: dict[str, tuple[dt.datetime, Offer]] = {}


async def offer(slug: str, *, now: dt.datetime) -> Offer:
    """Return the offer of a convention, at most `REMEMBERED` old, or raise `NotFound`."""
    texts = await agreeable(now)
    until, found = _remembered.get(slug, (now, None))
    if found is not None and until - REMEMBERED <= now < until and found.texts == texts:
        return found
    read = await queries.offer(slug, now)
    if read is None:
        _remembered.pop(slug, None)
        raise NotFound(_("There is no such convention."))
    read = msgspec.structs.replace(read, texts=texts)
    _remembered[slug] = (now + REMEMBERED, read)
    return read


async def agreeable(now: dt.datetime) -> list[ConsentText]:
    """Return the published texts one may agree to; without published terms, those that are built in come first."""
    texts = await consents.current_texts(now)
    return texts if any(t.purpose == TERMS.purpose for t in texts) else [TERMS, *texts]


def remembered(slug: str) -> Offer | None:
    """Return the offer read last, without asking the database."""
    return _remembered[slug][1] if slug in _remembered else None


def forget() -> None:
    """Forget every offer read: after a change in this process, or between tests."""
    _remembered.clear()
    for drop in FORGET:
        drop()


async def ticket_types(slug: str, *, now: dt.datetime) -> list[TicketTypeOut]:
    """Return what can be had of a convention, with the places left now."""
    found = await offer(slug, now=now)
    return listed(found, await queries.places_left(found.convention), now=now)


def listed(found: Offer, left: dict[UUID, int], *, now: dt.datetime, event: str = "") -> list[TicketTypeOut]:
    """Return the public ticket types of an offer, the city's first; `left` is how many places each quota has.

    With the slug of an `event`, those that open it.
    """
    return [
        _type_out(t, found, left, now)
        for t in found.types.values()
        if t.public and (not event or event in {found.events[e].slug for e in t.events})
    ]


def _type_out(t: OfferedType, found: Offer, left: dict[UUID, int], now: dt.datetime) -> TicketTypeOut:
    places = min((left[quota] for quota in t.quotas), default=None)
    return TicketTypeOut(
        slug=t.slug,
        role=t.role,
        mode=t.mode,
        title=text(t.title),
        description=text(t.description),
        price=t.price,
        days=t.days,
        events=[text(found.events[event].title) for event in t.events],
        left=places,
        on_sale=closed_because(t, found, now) is None and places != 0,
        tax=t.tax,
        admission=t.admission,
        sale_from=t.sale_from,
        sale_until=t.sale_until,
        questions=[question_out(q) for q in asked(found, t)],
    )


def question_out(q: OfferedQuestion) -> QuestionOut:
    """Return a question in the reader's language."""
    return QuestionOut(
        slug=q.slug,
        kind=q.kind,
        label=text(q.label),
        hint=text(q.hint),
        required=q.required,
        options={o.value: text(o.label) for o in q.options},
        shown_when=q.shown_when,
    )


def closed_because(t: OfferedType, found: Offer, now: dt.datetime) -> FieldError | None:
    """Return why a ticket type cannot be had at this moment, whatever the places; None when it can."""
    zone = ZoneInfo(found.zone)
    if t.last_day < now.astimezone(zone).date():
        return FieldError("", "past", _("The last day of this ticket has passed."))
    if t.sale_until is not None and t.sale_until <= now:
        return FieldError("", "past", _("This ticket is not on sale any more."))
    if t.sale_from is not None and now < t.sale_from:
        since = moment(t.sale_from, found.zone)
        return FieldError("", "early", _("This ticket is on sale from %(moment)s.", moment=since))
    return None


def check_wish(request: RegistrationRequest, found: Offer, now: dt.datetime) -> None:
    """Check a request against the offer, or raise `Invalid` with every wrong field."""
    errors = unfulfillable(msgspec.to_builtins(request), found, now)
    if errors:
        raise Invalid(errors)


def read_wish(raw: dict[str, Any], found: Offer, now: dt.datetime) -> RegistrationRequest:
    """Turn a nested form into a request, or raise `Invalid` with every field wrong in form or against the offer."""
    errors = problems(raw, RegistrationRequest) + unfulfillable(raw, found, now)
    if errors:
        raise Invalid(errors)
    return msgspec.convert(raw, RegistrationRequest, strict=False)


def unfulfillable(raw: object, found: Offer, now: dt.datetime) -> list[FieldError]:
    """List what the offer cannot fulfil of a request as it was sent; what is malformed is not looked at here."""
    party = raw.get("party") if isinstance(raw, dict) else None
    agreed = raw.get("consents") if isinstance(raw, dict) else None
    members = enumerate(party if isinstance(party, list | tuple) else ())
    errors = _address_errors(raw.get("email") if isinstance(raw, dict) else None)
    errors += [
        e for place, member in members if isinstance(member, dict) for e in _member_errors(place, member, found, now)
    ]
    if isinstance(agreed, list) and agreed:
        errors += _consent_errors([c for c in agreed if isinstance(c, str)], found)
    return errors + _party_errors(party)


def _party_errors(party: object) -> list[FieldError]:
    """A child is let in with somebody grown up."""
    members = [m for m in party if isinstance(m, dict)] if isinstance(party, list | tuple) else []
    if not members or not all(is_ticked(m.get("child")) for m in members):
        return []
    return [FieldError("party[0].child", "adult", _("A child comes with an adult: please add one to the party."))]


def is_ticked(value: object) -> bool:
    """Whether a form, or JSON, says yes."""
    return value in (True, "true", "1", "on", "yes")


def _address_errors(email: object) -> list[FieldError]:
    """An address may have the form of one and still never reach a mail server."""
    if not isinstance(email, str) or problems(email, Address) or is_mailable(email):
        return []
    return [FieldError("email", "format", _("No mail can be sent to this address. Please check how it is written."))]


def _consent_errors(agreed: list[str], found: Offer) -> list[FieldError]:
    unknown = [version for version in agreed if version not in {t.version for t in found.texts}]
    if unknown:
        return [
            FieldError("consents", "unknown", _("There is no text %(version)s to agree to.", version=unknown[0][:80]))
        ]
    missing = [t.version for t in found.texts if t.required and t.version not in agreed]
    if missing:
        words = _("Please agree to the terms (%(version)s).", version=", ".join(missing))
        return [FieldError("consents", "required", words)]
    return []


def _member_errors(place: int, member: dict[str, Any], found: Offer, now: dt.datetime) -> list[FieldError]:
    field, slug = f"party[{place}]", member.get("ticket_type")
    if not isinstance(slug, str) or not slug:
        return []
    errors = type_errors(f"{field}.ticket_type", slug, found, now)
    wanted = found.types.get(slug)
    if wanted is None:
        return errors
    if wanted.admission == "invitation" and not member.get("voucher"):
        words = _("This ticket is by invitation: please enter the voucher code you were sent.")
        errors.append(FieldError(f"{field}.voucher", "required", words))
    sessions = member.get("sessions")
    errors += _own_address_errors(f"{field}.email", member.get("email"), first=place == 0)
    errors += answer_errors(field, asked(found, wanted), member.get("answers"))
    return errors + session_errors(field, sessions if isinstance(sessions, list | tuple) else (), wanted, found, now)


def type_errors(field: str, slug: str, found: Offer, now: dt.datetime) -> list[FieldError]:
    """List why no ticket of this type can be had at the moment; whether places are left is not looked at."""
    wanted = found.types.get(slug)
    if wanted is None or not wanted.public:
        return [FieldError(field, "choice", _("There is no such ticket type."))]
    error = closed_because(wanted, found, now)
    return [FieldError(field, error.code, error.detail)] if error else []


def _own_address_errors(field: str, email: object, *, first: bool) -> list[FieldError]:
    if not email:
        return []
    if first:
        return [FieldError(field, "first", _("The first person is reached at the address of the registration."))]
    return [FieldError(field, e.code, e.detail) for e in _address_errors(email)]


def session_errors(
    field: str, chosen: Sequence[Any], wanted: OfferedType, found: Offer, now: dt.datetime
) -> list[FieldError]:
    """List which of the sessions chosen, as they were sent, a ticket of this type cannot have."""
    errors = []
    for i, key in enumerate(chosen):
        try:
            session = found.sessions.get(UUID(key))
        except (ValueError, AttributeError, TypeError):
            continue
        if session is None:
            code, detail = "choice", _("There is no such session.")
        elif not opens(wanted, session, found):
            code, detail = "not_covered", _("This ticket does not open that session.")
        elif session.ends_at <= now:
            code, detail = "past", _("This session is over.")
        elif key in chosen[:i]:
            code, detail = "twice", _("This session is chosen twice.")
        else:
            continue
        errors.append(FieldError(f"{field}.sessions[{i}]", code, detail))
    return errors


def opens(wanted: OfferedType, session: OfferedSession, found: Offer) -> bool:
    """Whether a ticket of this type opens a session: by event, day and way of taking part."""
    day = session.starts_at.astimezone(ZoneInfo(found.zone)).date()
    modes = {wanted.mode, session.mode}
    return (
        session.event in wanted.events
        and (not wanted.days or day in wanted.days)
        and ("hybrid" in modes or len(modes) == 1)
    )


def places_of(wanted: OfferedType, sessions: Iterable[UUID], found: Offer) -> list[UUID]:
    """Return the quotas of which a ticket takes one place each: its type's and those of its sessions."""
    return sorted({*wanted.quotas, *(q for s in sessions for q in found.sessions[s].quotas)})


def ways_to_pay(found: Offer, payees: Iterable[UUID | None]) -> list[str]:
    """Return the providers that all payees offer; None is the city."""
    offered = [{p.provider for p in found.payments if p.organiser == payee} for payee in set(payees)]
    return sorted(set.intersection(*offered)) if offered else []


def sold_out(found: Offer, wanted: Mapping[UUID, int], full: Iterable[UUID]) -> SoldOut:
    """Return the refusal that names what is full."""
    quotas = [found.quotas[quota] for quota in full]
    return SoldOut(
        _(
            "Not enough places are left of: %(names)s. Nothing was taken.",
            names=", ".join(text(q.name) for q in quotas),
        ),
        full=[{"quota": q.slug, "name": text(q.name), "wanted": wanted[q.id]} for q in quotas],
    )
