"""What an agreement is now, in words."""

import datetime as dt
from uuid import UUID

from msgspec import Struct

from app.core.db import fetch
from app.core.i18n import day as in_words
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy
from app.exchange import terms
from app.exchange.agreeing import reach
from app.exchange.schemas import AgreementRef
from app.exchange.terms import State

STATES: dict[State, tuple[str, str]] = {
    "coming": (gettext_lazy("Not yet valid"), ""),
    "valid": (gettext_lazy("Valid"), "success"),
    "ended": (gettext_lazy("Ended"), "quiet"),
    "revoked": (gettext_lazy("Revoked"), "error"),
}
"""Word and colour of each state."""
_TITLES = "SELECT id, title FROM agreement WHERE partner = $1"


class Standing(Struct, frozen=True):
    """An agreement with its state; `until` is the last day of the term that runs, `ends_on` the last one for good."""

    agreement: AgreementRef
    state: State
    until: dt.date
    ends_on: dt.date | None
    deadline: dt.date
    title: str = ""

    @property
    def words(self) -> str:
        """Its term as a sentence or two."""
        return _words(self)

    @property
    def tag(self) -> tuple[str, str]:
        """Word and colour of its state."""
        return STATES[self.state]


async def of_partner(partner: UUID, now: dt.datetime) -> list[Standing]:
    """Return the agreements with a partner as they are now, the latest first."""
    titles = {row["id"]: row["title"] for row in await fetch(_TITLES, partner)}
    return [standing(one, now, titles[one.id]) for one in await reach.agreements_of(partner)]


def standing(agreement: AgreementRef, now: dt.datetime, title: str = "") -> Standing:
    """Return what an agreement is now."""
    day = terms.today(now)
    return Standing(
        agreement,
        terms.state(agreement, now),
        terms.last_day(agreement, max(day, agreement.valid_from)),
        terms.ends_on(agreement),
        terms.deadline(agreement, max(day, agreement.valid_from)),
        title,
    )


def _words(found: Standing) -> str:
    agreement = found.agreement
    if agreement.revoked_at is not None and found.state == "revoked":
        return _(
            "Revoked on %(day)s. Nothing is fetched or shown any more.", day=in_words(terms.today(agreement.revoked_at))
        )
    if found.state == "coming":
        return _("Begins on %(day)s.", day=in_words(agreement.valid_from))
    if found.ends_on is None:
        return _going_on(found)
    if found.state == "ended":
        return _("Ended on %(day)s. Nothing is fetched or shown any more.", day=in_words(found.ends_on))
    if agreement.notice_on is not None:
        return _(
            "Notice was given on %(notice)s. It ends on %(day)s.",
            notice=in_words(agreement.notice_on),
            day=in_words(found.ends_on),
        )
    return _("Ends on %(day)s.", day=in_words(found.ends_on))


def _going_on(found: Standing) -> str:
    return _(
        "This term lasts until %(day)s, then another year begins. The next day by which notice ends it is %(notice)s.",
        day=in_words(found.until),
        notice=in_words(found.deadline),
    )
