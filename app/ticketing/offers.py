"""What can be had: the offer of a convention, and whether a wish fits it."""

import datetime as dt
from collections import Counter
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.i18n import text
from app.people import residence
from app.ticketing import queries
from app.ticketing.schemas import Offer, OfferedType, PartyMember, RegistrationRequest, TicketTypeOut

TERMS = "terms-2026"
"""Version of the text everybody agrees to when registering."""
TEXTS = frozenset({TERMS})
"""Versions of texts one can agree to."""
REMEMBERED = dt.timedelta(seconds=2)
"""How long a process trusts the offer it has read; what is left is never part of it."""

_remembered: dict[str, tuple[dt.datetime, Offer]] = {}


async def offer(slug: str, *, now: dt.datetime) -> Offer:
    """Return the offer of a convention, at most `REMEMBERED` old, or raise `NotFound`."""
    until, found = _remembered.get(slug, (now, None))
    if found is not None and until - REMEMBERED <= now < until:
        return found
    read = await queries.offer(slug)
    if read is None:
        _remembered.pop(slug, None)
        raise NotFound(_("There is no such convention."))
    _remembered[slug] = (now + REMEMBERED, read)
    return read


def forget() -> None:
    """Forget every offer read: after a change in this process, or between tests."""
    _remembered.clear()


async def ticket_types(slug: str, *, now: dt.datetime) -> list[TicketTypeOut]:
    """Return what can be had of a convention, with the places left now."""
    found = await offer(slug, now=now)
    left = await queries.places_left(found.convention)
    today = now.astimezone(ZoneInfo(found.zone)).date()
    return [_type_out(t, found, left, today) for t in found.types.values() if t.public]


def _type_out(t: OfferedType, found: Offer, left: dict[UUID, int], today: dt.date) -> TicketTypeOut:
    places = min((left[quota] for quota in t.quotas), default=None)
    return TicketTypeOut(
        slug=t.slug,
        role=t.role,
        mode=t.mode,
        title=text(t.title),
        description=text(t.description),
        price=t.price,
        days=t.days,
        events=[text(found.event_titles[event]) for event in t.events],
        left=places,
        on_sale=t.last_day(found.last_day) >= today and places != 0,
    )


def check_wish(request: RegistrationRequest, found: Offer, now: dt.datetime) -> None:
    """Check a request against the offer, or raise `Invalid` with every wrong field."""
    errors = [e for place, member in enumerate(request.party) for e in _member_errors(place, member, found, now)]
    unknown = [consent for consent in request.consents if consent not in TEXTS]
    if unknown:
        errors.append(
            FieldError("consents", "unknown", _("There is no text %(version)s to agree to.", version=unknown[0]))
        )
    if TERMS not in request.consents:
        errors.append(FieldError("consents", "required", _("Please agree to the terms (%(version)s).", version=TERMS)))
    if errors:
        raise Invalid(errors)


def _member_errors(place: int, member: PartyMember, found: Offer, now: dt.datetime) -> list[FieldError]:
    field = f"party[{place}]"
    errors = []
    if member.residence not in residence.CODES:
        errors.append(
            FieldError(
                f"{field}.residence", "choice", _("Choose the country or region of usual residence (ISO 3166-1).")
            )
        )
    wanted = found.types.get(member.ticket_type)
    if wanted is None or not wanted.public:
        return [*errors, FieldError(f"{field}.ticket_type", "choice", _("There is no such ticket type."))]
    if wanted.last_day(found.last_day) < now.astimezone(ZoneInfo(found.zone)).date():
        errors.append(FieldError(f"{field}.ticket_type", "past", _("The last day of this ticket has passed.")))
    return errors + _session_errors(field, member, wanted, found, now)


def _session_errors(
    field: str, member: PartyMember, wanted: OfferedType, found: Offer, now: dt.datetime
) -> list[FieldError]:
    errors = []
    for i, chosen in enumerate(member.sessions):
        session = found.sessions.get(chosen)
        if session is None:
            code, detail = "choice", _("There is no such session.")
        elif session.event not in wanted.events:
            code, detail = "not_covered", _("This ticket does not open that session.")
        elif session.ends_at <= now:
            code, detail = "past", _("This session is over.")
        elif chosen in member.sessions[:i]:
            code, detail = "twice", _("This session is chosen twice.")
        else:
            continue
        errors.append(FieldError(f"{field}.sessions[{i}]", code, detail))
    return errors


def places_wanted(request: RegistrationRequest, found: Offer) -> Counter[UUID]:
    """Return how many places of each quota a party takes."""
    wanted: Counter[UUID] = Counter()
    for member in request.party:
        wanted.update(found.types[member.ticket_type].quotas)
        wanted.update(q for s in member.sessions if (q := found.sessions[s].quota) is not None)
    return wanted
