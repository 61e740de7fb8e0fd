"""What the page of the registration form shows: people, questions, prices, and how long places are kept."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from markupsafe import Markup, escape

from app.core.errors import FieldError
from app.core.i18n import NAMES, day, language, ngettext, text
from app.core.i18n import gettext as _
from app.core.web.request import Request
from app.people.residence import CODES, choices
from app.ticketing.documents import words
from app.ticketing.pages.party import Member, as_list, word
from app.ticketing.payments.providers import PROVIDERS
from app.ticketing.registering import offers, redeeming, uploads
from app.ticketing.registering.asked import asked
from app.ticketing.registering.drafts import Draft, files_of
from app.ticketing.registering.needs import NEEDS
from app.ticketing.registering.redeeming import Redeemable
from app.ticketing.schemas import LARGEST_PARTY, Offer, OfferedQuestion, OfferedType, TicketTypeOut, tax_in

MINUTE = dt.timedelta(minutes=1)
FEW = 50
"""From how many places on the form says how many are left."""
FEW_DAYS = 2
"""Up to how many days a ticket type is for it is said which."""
FOLDED = 4
"""From how many people on each of them folds away."""
FIELDS = (
    *("name", "reading", "residence", "organisation", "ticket_type", "email", "child"),
    *("needs", "needs_note", "languages", "voucher"),
)
"""The fields of a person, beside the answers."""


class Person(msgspec.Struct, frozen=True):
    """One person of the form; `p` begins the names of the fields. `open`: not folded away."""

    p: str
    number: int
    member: Member
    type_title: str
    questions: list[OfferedQuestion]
    price: int
    open: bool

    @property
    def summary(self) -> str:
        """What a folded person is called."""
        return " – ".join(filter(None, [word(self.member, "name"), self.type_title]))

    def answer(self, question: OfferedQuestion) -> Any:
        """Return what was answered so far."""
        return self.member.get("answers", {}).get(question.slug, "")


class Total(msgspec.Struct, frozen=True):
    """What a party costs, in yen."""

    price: int
    tax: int

    def __str__(self) -> str:
        return priced(self.price, self.tax)


def priced(price: int, tax: int) -> str:
    """Return a price as the form says it."""
    if not price:
        return _("Free")
    return _("%(price)s incl. tax", price=words.yen(price)) if tax else words.yen(price)


async def values(
    form: Mapping[str, Any], found: Offer, left: Mapping[UUID, int], request: Request, errors: Sequence[FieldError]
) -> dict[str, Any]:
    """Return what the template shows of a form."""
    vouchers = await _vouchers(form, found, request.now)
    party = people(form["party"], found, vouchers, errors)
    types = _choosable(form, found, dict(left), request.now)
    total = _total(party, found)
    return {
        "form": form,
        "people": party,
        "folded": len(party) >= FOLDED,
        "ticket_types": types,
        "ticket_options": [(t.slug, option(t)) for t in types],
        "asks_differently": len({tuple(q.slug for q in asked(found, found.types[t.slug])) for t in types}) > 1,
        "workshops": [(s, left[s.quota]) for s in found.sessions.values() if s.quota and s.ends_at > request.now],
        "ticked": as_list(form.get("sessions")),
        "agreed": as_list(form.get("consents")),
        "texts": found.texts,
        "residences": residence_options,
        "needs": NEEDS,
        "spoken": {tag: Markup(f'<span lang="{tag}">{name}</span>') for tag, name in NAMES.items()},  # noqa: S704  # ours
        "sent": await uploads.waiting(files_of(dict(form))),
        "total": total,
        "ways": _ways(party, found),
        "labels": labels(party),
        "largest": LARGEST_PARTY,
        "asks_files": any(q.kind == "file" for p in party for q in p.questions),
        "as_list": as_list,
        "word": word,
        "yen": words.yen,
    }


def holding(kept: Draft | None, form: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """Return what is said about the places kept for a form."""
    until = kept.held_until if kept else None
    held = sum(kept.held.values()) if kept else 0
    return {
        "draft": kept,
        "minutes_held": -(-(until - now) // MINUTE) if until else 0,
        "held_tickets": held,
        "short": held < len(form["party"]),
    }


def people(
    party: Sequence[Member], found: Offer, vouchers: Mapping[str, Redeemable], errors: Sequence[FieldError]
) -> list[Person]:
    """Return the people of a form; of a large party only those are open who still lack something."""
    wrong = {e.field.partition(".")[0] for e in errors}
    return [
        Person(
            p=f"party.{n}",
            number=n + 1,
            member={**dict.fromkeys(FIELDS, ""), **member},
            type_title=text(wanted.title) if wanted else "",
            questions=asked(found, wanted) if wanted else [],
            price=_price(wanted, vouchers.get(word(member, "voucher"))),
            open=len(party) < FOLDED or f"party[{n}]" in wrong or not word(member, "name"),
        )
        for n, member in enumerate(party)
        for wanted in [found.types.get(word(member, "ticket_type"))]
    ]


def _price(wanted: OfferedType | None, voucher: Redeemable | None) -> int:
    if wanted is None:
        return 0
    good = voucher is not None and voucher.price is not None and voucher.opens(wanted)
    return voucher.price if good and voucher and voucher.price is not None else wanted.price


async def _vouchers(form: Mapping[str, Any], found: Offer, now: dt.datetime) -> dict[str, Redeemable]:
    codes = {code for m in form["party"] if (code := word(m, "voucher"))}
    return await redeeming.find(convention=found.convention, codes=codes, now=now) if codes else {}


def _choosable(form: Mapping[str, Any], found: Offer, left: dict[UUID, int], now: dt.datetime) -> list[TicketTypeOut]:
    """Return what may be chosen: what is on sale, also sold out for who would wait, and what was chosen before."""
    waits = form.get("join_waiting_list") == "true"
    chosen = {word(m, "ticket_type") for m in form["party"]}
    return [
        t
        for t in offers.listed(found, left, now=now, event=word(form, "event"))
        if t.on_sale or t.slug in chosen or (waits and offers.closed_because(found.types[t.slug], found, now) is None)
    ]


def option(offered: TicketTypeOut) -> str:
    """Return a ticket type as a line of the select; how many are left is said when they become few."""
    price = priced(offered.price, offered.tax) if offered.price else ""
    few = offered.left is not None and offered.left <= FEW
    left = ngettext("%(n)s place left", "%(n)s places left", offered.left) if few and offered.left else ""
    notes = ", ".join(filter(None, [days(offered), price, left, _("Full") if offered.left == 0 else ""]))
    return f"{offered.title} ({notes})" if notes else offered.title


def days(offered: TicketTypeOut) -> str:
    """Return on which days a ticket type is good, where these are few: "day 1" tells nobody when to come."""
    return ", ".join(day(d, short=True) for d in offered.days) if len(offered.days) <= FEW_DAYS else ""


def _total(party: Sequence[Person], found: Offer) -> Total:
    rates = [
        (p.price, found.types[slug].tax_percent)
        for p in party
        if (slug := word(p.member, "ticket_type")) in found.types
    ]
    return Total(sum(price for price, _rate in rates), sum(tax_in(price, rate) for price, rate in rates))


def _ways(party: Sequence[Person], found: Offer) -> list[tuple[str, str]]:
    """Return the ways to pay for this party."""
    payees = {found.types[word(p.member, "ticket_type")].organiser for p in party if p.price}
    known = offers.ways_to_pay(found, payees)
    return [(name, str(one.title)) for name, one in PROVIDERS.items() if name in known]


async def payment_errors(form: Mapping[str, Any], found: Offer, now: dt.datetime) -> list[FieldError]:
    """List that it is not said how to pay: what registering itself would say only once all else is right."""
    party = people(form["party"], found, await _vouchers(form, found, now), [])
    payees = {found.types[word(p.member, "ticket_type")].organiser for p in party if p.price}
    if word(form, "payment") or len(offers.ways_to_pay(found, payees)) < 2:
        return []
    return [FieldError("payment", "choice", _("Please choose how to pay."))]


def labels(party: Sequence[Person]) -> dict[str, str]:
    """Return how the fields are called in the summary of errors, by name."""
    own = {
        "name": _("Full name"),
        "reading": _("Reading or romanisation"),
        "residence": _("Country or region of residence"),
        "organisation": _("Organisation"),
        "ticket_type": _("Ticket type"),
        "email": _("E-mail of this person"),
        "child": _("Child"),
        "needs": _("Help wanted"),
        "needs_note": _("What would help you?"),
        "languages": _("Interpretation"),
        "voucher": _("Voucher code"),
    }
    named = {
        "email": _("E-mail"),
        "consents": _("What we do with these details"),
        "payment": _("How to pay"),
        "names": _("Names"),
        "sessions": _("Workshops"),
    }
    for person in party:
        who = _("Person %(n)s", n=person.number)
        named |= {f"{person.p}.{field}": f"{who} – {words}" for field, words in own.items()}
        named |= {f"{person.p}.answers.{q.slug}": f"{who} – {text(q.label)}" for q in person.questions}
    return named


@cache
def _residences(_tag: str) -> str:
    return "".join(f'<option value="{code}">{escape(name)}</option>' for code, name in choices())


def residence_options(selected: str) -> Markup:
    """Return the countries as the options of a select; there are 249 for each person, so they are written once."""
    options = _residences(language())
    if selected in CODES:
        options = options.replace(f'value="{selected}"', f'value="{selected}" selected')
    return Markup(options)  # noqa: S704  # names of Babel's, escaped
