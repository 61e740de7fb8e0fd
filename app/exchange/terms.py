"""Until when an agreement is valid. Pure; days are those of Tokyo, both ends included."""

import datetime as dt
from typing import Literal
from zoneinfo import ZoneInfo

from app.exchange.schemas import AgreementRef

TOKYO = ZoneInfo("Asia/Tokyo")
State = Literal["coming", "valid", "ended", "revoked"]


def today(now: dt.datetime) -> dt.date:
    """Return the day in Tokyo."""
    return now.astimezone(TOKYO).date()


def last_day(agreement: AgreementRef, day: dt.date) -> dt.date:
    """Return the last day of the term that runs on `day`, or of the one that ran last.

    It goes on for a year each time, until notice was given at least `notice_days` before the end of a term.
    """
    until = agreement.valid_until
    while until < day and agreement.renews and not _noticed(agreement, until):
        until = a_year_later(until, agreement.valid_until.day)
    return until


def state(agreement: AgreementRef, now: dt.datetime) -> State:
    """Return what an agreement is now; only a `valid` one lets anything be fetched or shown."""
    day = today(now)
    if agreement.revoked_at is not None and agreement.revoked_at <= now:
        return "revoked"
    if day < agreement.valid_from:
        return "coming"
    return "valid" if day <= last_day(agreement, day) else "ended"


def notice_until(agreement: AgreementRef, day: dt.date) -> dt.date:
    """Return the last day on which notice ends the term that runs on `day`."""
    return last_day(agreement, day) - dt.timedelta(days=agreement.notice_days)


def _noticed(agreement: AgreementRef, until: dt.date) -> bool:
    """Whether notice was given in time for the term that ends with `until`."""
    given = agreement.notice_on
    return given is not None and given <= until - dt.timedelta(days=agreement.notice_days)


def a_year_later(day: dt.date, usual: int) -> dt.date:
    """Return the same day of the next year: 28 February where there is no 29th, and the 29th again when there is."""
    for number in (usual, usual - 1):
        try:
            return day.replace(year=day.year + 1, day=number)
        except ValueError:
            continue
    raise ValueError(day)


REMINDERS = (60, 14)
"""So many days before somebody has to have decided, officers are reminded."""


def ends_on(agreement: AgreementRef) -> dt.date | None:
    """Return the last day for good, None while an agreement goes on from year to year."""
    if not agreement.renews:
        return agreement.valid_until
    if agreement.notice_on is None:
        return None
    until = agreement.valid_until
    while not _noticed(agreement, until):
        until = a_year_later(until, agreement.valid_until.day)
    return until


def deadline(agreement: AgreementRef, day: dt.date) -> dt.date:
    """Return the next day that somebody has to think of: the end for good, else the last one for a notice.

    It lies on `day` or later, unless the agreement has ended.
    """
    end = ends_on(agreement)
    if end is not None:
        return end
    until = last_day(agreement, day)
    while until - dt.timedelta(days=agreement.notice_days) < day:
        until = a_year_later(until, agreement.valid_until.day)
    return until - dt.timedelta(days=agreement.notice_days)


def reminder_due(agreement: AgreementRef, day: dt.date, since: dt.date | None) -> dt.date | None:
    """Return the day of the reminder that is due on `day`, None when there is none.

    `since` is the day of the one sent last, or that on which the agreement was made: nothing before it is made up for.
    """
    end = deadline(agreement, day)
    days = [end - dt.timedelta(days=before) for before in REMINDERS]
    passed = [one for one in days if one <= day <= end and (since is None or one > since)]
    return max(passed, default=None)
