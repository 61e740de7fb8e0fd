"""The words for every verdict, reason and warning. The codes are stable; the words are for people at a door.

A refusal has a short word, a plain sentence, and sentences that tell its facts; `key_of` says which one fits. The page
of the scanner fills in `{...}` by itself, in the guest's language (`all_words`); `explain` does it here.
"""

import datetime as dt
import re
from collections.abc import Mapping
from contextvars import copy_context
from functools import cache

from app.core.i18n import LANGUAGES, Text, clock, day, in_zone, language, text, use_language
from app.core.i18n import gettext_lazy as _

Facts = Mapping[str, str | int | list[str]]

REASONS: dict[str, str] = {
    "bad_code": _("This is not a ticket code."),
    "bad_signature": _("This code was not made by us: it is damaged or forged."),
    "unknown_key": _("This code was made with a key we do not know."),
    "wrong_convention": _("This ticket is for another convention."),
    "revoked": _("This ticket has been withdrawn."),
    "superseded": _("This code has been replaced by a newer one; ask for the newest ticket."),
    "canceled": _("This ticket was canceled."),
    "blocked": _("This ticket is blocked; please ask the help desk."),
    "unpaid": _("This ticket has not been paid yet."),
    "unapproved": _("This ticket has not been approved yet."),
    "not_yet_valid": _("Too early: this ticket is not valid yet."),
    "expired": _("Too late: this ticket is no longer valid."),
    "wrong_day": _("This ticket is for another day."),
    "wrong_venue": _("This ticket is for another venue."),
    "wrong_organiser": _("This ticket is for events of another organiser."),
    "not_entitled": _("This kind of ticket does not open this event."),
    "already_admitted": _("This ticket is already inside."),
    "already_inside_elsewhere": _("This ticket is inside another venue."),
    "not_inside": _("This ticket is not inside, so it cannot leave."),
    "venue_full": _("The venue is full."),
    "residence_missing": _("The country or region of residence is missing; please ask for it at the help desk."),
    "device_revoked": _("This device is no longer allowed to scan; ask your lead for another one."),
}
"""Why a scan was refused."""

SHORT: dict[str, str] = {
    "bad_code": _("No ticket code"),
    "bad_signature": _("Damaged or forged"),
    "unknown_key": _("Unknown key"),
    "wrong_convention": _("Other convention"),
    "revoked": _("Withdrawn"),
    "superseded": _("Replaced"),
    "canceled": _("Canceled"),
    "blocked": _("Blocked"),
    "unpaid": _("Not paid"),
    "unapproved": _("Not approved"),
    "not_yet_valid": _("Too early"),
    "expired": _("Too late"),
    "wrong_day": _("Other day"),
    "wrong_venue": _("Other venue"),
    "wrong_organiser": _("Other organiser"),
    "not_entitled": _("Not for this event"),
    "already_admitted": _("Already inside"),
    "already_inside_elsewhere": _("Inside another venue"),
    "not_inside": _("Not inside"),
    "venue_full": _("Venue full"),
    "residence_missing": _("Residence missing"),
    "device_revoked": _("Device withdrawn"),
}
"""Why a scan was refused, in a word or two."""

TOLD: dict[str, str] = {
    "revoked.listed": _("This ticket is not on the list of this device, made at {listed}"),
    "not_yet_valid.from": _("Too early: opens at {from}"),
    "not_yet_valid.day": _("Too early: this ticket is valid from {from}"),
    "expired.until": _("Too late: closed at {until}"),
    "expired.day": _("Too late: this ticket was valid until {until}"),
    "wrong_day.days": _("This ticket is for other days: {days}"),
    "wrong_venue.venues": _("This ticket is for another venue: {venues}"),
    "wrong_organiser.events": _("This ticket is for other events: {events}"),
    "already_admitted.gate.since": _("Already inside since {since}, {gate}"),
    "already_admitted.since": _("This ticket came in at {since} and has left; it does not come in again"),
    "already_admitted.times": _("All entries of this ticket are used: {times}"),
    "already_inside_elsewhere.since.venue": _("Inside {venue} since {since}; please check out there first"),
    "venue_full.capacity": _("The venue is full: {capacity} people are inside"),
}
"""The sentences with facts, by `key_of`; no full stop, for a date may end with one."""


QUARANTINE: dict[str, str] = {
    "device_revoked": REASONS["device_revoked"],
    "unknown_gate": _("This gate is not known any more; staff will look at the scan."),
    "gate_out_of_scope": _("This device does not belong to this gate; staff will look at the scan."),
    "unreadable_time": _("The time of the scan cannot be read; staff will look at it."),
    "undo_not_allowed": _("Only the same device or a lead can take this scan back; staff will look at it."),
    "seq_reused": _("Another scan of this device has the same number; staff will look at both."),
}
"""Why a scan was kept aside: it is stored, and it changes nothing until staff have looked at it."""

WARNINGS: dict[str, str] = {
    "stale_pack": _("The ticket list of this device is old."),
    "clock_untrusted": _("The clock of this device is not trusted."),
    "admitted_offline_twice": _("This ticket was let in more than once while devices were off line."),
    "admitted_although": _("This guest was let in although the rules said no."),
}
"""What is worth knowing and never refuses."""

WORDS: dict[str, str] = {
    "admitted": _("Admitted"),
    "refused": _("Refused"),
    "ready": _("Ready"),
    "checking": _("Checking"),
    "saved": _("Saved"),
    "saved_reason": _("No connection. The scan will be sent later."),
    "no_answer_reason": _("No answer yet. The scan is kept and will be sent again."),
    "quarantined": _("Kept for staff"),
    "quarantined_reason": _("The scan is stored; staff will look at it."),
    "queue": _("{n} waiting"),
    "queue_empty": _("Everything sent"),
    "party": _("Party of {n}"),
    "inside": _("{n} inside"),
    "camera_denied": _("The browser does not allow the camera; change that in its settings, or type the code."),
    "camera_missing": _("No camera found; type the code, or use a hand scanner."),
    "camera_failed": _("The camera does not answer; type the code, or use a hand scanner."),
    "where_live": _("Where do you live?"),
    "other_country": _("Another country or region"),
    "signed_out": _("Signed out. Sign in again; scans are kept on this device."),
    "storage_full": _("The storage of this browser is full; keep this page open until everything is sent."),
    "stuck": _("{n} kept for staff"),
}
"""The other words of the scanner; `{n}` is filled in by the page."""


def reason_text(code: str | None) -> str:
    """Return a reason in the reader's language, the code itself if it is unknown, nothing for None."""
    if code is None:
        return ""
    return str(REASONS.get(code) or QUARANTINE.get(code) or WARNINGS.get(code) or code)


def scanner_words() -> dict[str, str]:
    """Return every text that the scanner page may need, by key, in the reader's language; short words as `R.short`."""
    short = {f"{code}.short": words for code, words in SHORT.items()}
    return {key: str(words) for key, words in {**WORDS, **WARNINGS, **QUARANTINE, **REASONS, **TOLD, **short}.items()}


def all_words() -> dict[str, dict[str, str]]:
    """Return `scanner_words` of every language, by its tag: a phone without a network speaks with guests of all."""
    return {tag: _in_language(tag) for tag in LANGUAGES}


@cache
def _in_language(tag: str) -> dict[str, str]:
    context = copy_context()
    context.run(use_language, tag)
    return context.run(scanner_words)


def key_of(code: str, facts: Facts) -> str:
    """Return under which key the sentence stands that tells these facts, the code itself where there is none.

    The key is the code and the names of the facts in alphabetical order, joined by dots; `CODE.day` where `from` or
    `until` is a day and no moment.
    """
    whole_day = any(_is_day(facts.get(name)) for name in ("from", "until"))
    key = ".".join([code, *(["day"] if whole_day else sorted(facts))])
    return key if key in TOLD else code


def explain(
    code: str | None,
    facts: Facts,
    *,
    at: dt.datetime,
    zone: str,
    names: Mapping[str, Text] | None = None,
    tag: str | None = None,
) -> str:
    """Return a reason with its facts in words, in the language `tag` (None: the reader's); "" without a reason.

    `names` tells what gates, venues and events are called, by id; if one is missing the plain sentence must do. Moments
    are shown by the clocks of `zone`; the day stands with them unless it is that of `at`.
    """
    if code is None:
        return ""
    words = _in_language(tag or language())
    said = {name: _say(value, at=at, zone=zone, names=names or {}, tag=tag) for name, value in facts.items()}
    if None in said.values():
        return words.get(code, code)
    sentence = words.get(key_of(code, facts), code)
    return re.sub(r"\{(\w+)\}", lambda found: said.get(found[1]) or found[0], sentence)


def _is_day(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None


def _say(
    value: str | int | list[str], *, at: dt.datetime, zone: str, names: Mapping[str, Text], tag: str | None
) -> str | None:
    """Return a fact as people say it; None for something whose name is not known."""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        said = [_say(one, at=at, zone=zone, names=names, tag=tag) for one in value]
        return " / ".join(one for one in said if one) if said and None not in said else None
    if _is_day(value):
        return day(dt.date.fromisoformat(value), tag, short=True)
    if value in names:
        return text(names[value], tag)
    return _when(value, at=at, zone=zone, tag=tag)


def _when(value: str, *, at: dt.datetime, zone: str, tag: str | None) -> str | None:
    """Return a moment by the clocks of the zone, with its day unless that is the one of `at`; None if it is none."""
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    local = in_zone(moment, zone)
    today = local.date() == in_zone(at, zone).date()
    return clock(moment, zone) if today else f"{day(local, tag, short=True)} {clock(moment, zone)}"
