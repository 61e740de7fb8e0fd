"""From the form to the request of the interface: what people typed and ticked, in its shape."""

import re
from collections.abc import Mapping
from typing import Any

from app.core.errors import FieldError
from app.core.i18n import gettext as _
from app.core.web.request import Request
from app.ticketing.pages.party import Member, as_list, word
from app.ticketing.registering import offers
from app.ticketing.registering.asked import asked
from app.ticketing.schemas import Offer, OfferedQuestion, RegistrationRequest

_LAST = ("names", "sessions", "payment", "consents")
"""What stands below the people."""
_PERSON = re.compile(r"party\[(\d+)\]\.")
_ITEM = re.compile(r"(\.\w+)\[\d+\]$")
"""One of several that were ticked: the fault is told of all."""
SEVERAL = ("needs", "languages")
"""What a person may tick several of."""


def read(form: Mapping[str, Any], found: Offer, request: Request, *, hold: str = "") -> RegistrationRequest:
    """Return a form as a request, or raise `Invalid` with every wrong field.

    A session ticked once is for everybody whose ticket opens it; answers to what is not asked are left out.
    """
    return offers.read_wish(raw(form, found, request.language, hold), found, request.now)


def raw(form: Mapping[str, Any], found: Offer, language: str, hold: str = "") -> dict[str, Any]:
    """Return a form as the request of the interface, unchecked."""
    ticked = as_list(form.get("sessions"))
    opened = {
        t.slug: {str(s.id) for s in found.sessions.values() if offers.opens(t, s, found)} for t in found.types.values()
    }
    return {
        **({"email": form["email"]} if form.get("email") else {}),
        "language": language,
        "consents": as_list(form.get("consents")),
        "party": [_member(m, found, [s for s in ticked if s in opened.get(_type(m), ())]) for m in form["party"]],
        **({"payment": form["payment"]} if form.get("payment") else {}),
        **({"hold": hold} if hold else {}),
        **({"join_waiting_list": True} if form.get("join_waiting_list") == "true" else {}),
    }


def _type(member: Member) -> str:
    return word(member, "ticket_type")


def _member(member: Member, found: Offer, sessions: list[str]) -> Member:
    kept = {**member, "sessions": sessions}
    kept |= {name: as_list(member[name]) for name in SEVERAL if name in member}
    if "answers" in member:
        wanted = found.types.get(_type(member))
        kept["answers"] = answers(member["answers"], asked(found, wanted) if wanted else [])
    return kept


def answers(given: Mapping[str, Any], questions: list[OfferedQuestion]) -> dict[str, Any]:
    """Return the answers to these questions, several choices as a list."""
    kinds = {q.slug: q.kind for q in questions}
    return {
        slug: as_list(value) if kinds[slug] == "choices" else value for slug, value in given.items() if slug in kinds
    }


def shown(errors: list[FieldError], *, terms: str = "") -> list[FieldError]:
    """Return errors as the page has their fields: in its order, one for each field, all about sessions at one place.

    `terms` is what has to be agreed to.
    """
    found: dict[str, FieldError] = {}
    for error in errors:
        field = "sessions" if ".sessions[" in error.field else _ITEM.sub(r"\1", error.field)
        found.setdefault(field, FieldError(field, error.code, _said(error, terms)))
    errors = [e for field, e in found.items() if not any(other.startswith(f"{field}.") for other in found)]
    return sorted(errors, key=_place)


def _said(error: FieldError, terms: str) -> str:
    """Return what is wrong in words for people, where those of the interface are for programs."""
    if error.field == "consents" and error.code == "required":
        return _("Please agree to the terms (%(version)s).", version=terms)
    if error.field.endswith("email") and error.code == "format":
        return _("No mail can be sent to this address. Please check how it is written.")
    return error.detail


def _place(error: FieldError) -> tuple[int, int]:
    """Return where on the page an error is: the address, the people one after the other, what stands below them."""
    if error.field in _LAST:
        return 2, _LAST.index(error.field)
    person = _PERSON.match(error.field)
    return (1, int(person[1])) if person else (0, 0)
