"""The definition of KPI 2 counted by brute force, apart from the product: sets of half-minutes and plain loops.

Written from the rules, not from the code; it shares nothing with it but the shape of an entry. Times must lie on whole
half-minutes. Slow on purpose.
"""

from datetime import timedelta
from typing import Any

HALF_MINUTE = timedelta(seconds=30)
COUNTABLE = {"delegate", "visitor", "speaker", "award_entrant", "city_delegation", "student"}


def jst_day(instant):
    return (instant.replace(tzinfo=None) - instant.utcoffset() + timedelta(hours=9)).date()


def fiscal_year(instant):
    day = jst_day(instant)
    return day.year if (day.month, day.day) >= (4, 1) else day.year - 1


def is_out(entry, ledger):
    """Voided by a later void that is not itself voided, or a merge undone by such a split."""
    for later in ledger:
        if later.position > entry.position and later.subject == entry.position:
            undoes = later.kind == "void" or (later.kind == "split" and entry.kind == "merge")
            if undoes and not is_out(later, ledger):
                return True
    return False


def crowd(start, merges):
    """All pseudonyms of the natural person behind one."""
    known = {start}
    while True:
        more = set(known)
        for merge in merges:
            if merge.person in known or merge.other in known:
                more |= {merge.person, merge.other}
        if more == known:
            return frozenset(known)
        known = more


def is_evidence(entry):
    signed = bool(entry.operator) and bool(entry.reason)
    if entry.event is None:
        return False
    if entry.mode == "on_site":
        gate = entry.kind == "scan" and entry.evidence_class == "A"
        return gate or (entry.kind == "manual" and entry.evidence_class == "B" and signed)
    if entry.mode == "online":
        own = entry.kind == "presence" and entry.evidence_class == "C"
        report = entry.kind == "import" and entry.evidence_class == "D"
        return own or report or (entry.kind == "import" and entry.evidence_class == "E" and signed)
    return False


def role_of(entry, who, ledger):
    role, when = entry.role, None
    for correction in ledger:
        if correction.kind == "role" and correction.person in who and correction.ticket in (None, entry.ticket):
            key = (correction.recorded_at, correction.position)
            if when is None or key > when:
                role, when = correction.role, key
    return role


def residence_of(who, year_entries):
    """Country or None, and whether two countries were ever declared; evidence of no year declares nothing."""
    snapshots = [e for e in year_entries if e.person in who and e.scheduled_at and is_evidence(e) and e.residence]
    entries = [e for e in year_entries if e.person in who and e.kind == "residence"]
    countries = {e.residence for e in snapshots + entries} - {None}
    declared = sorted(entries or snapshots, key=lambda e: (e.recorded_at, e.position))
    return (declared[-1].residence if declared else None), len(countries) >= 2


def measured(entry):
    return entry.mode == "online" and None not in (entry.starts_at, entry.ends_at) and entry.ends_at >= entry.starts_at


def moments(entry):
    found, at = set(), entry.starts_at
    while at < entry.ends_at:
        found.add(at)
        at += HALF_MINUTE
    return found


def minutes(found):
    return len(found) / 2


def met(entry, who, crowds, evidence):
    """Half-minutes of a one-to-one meeting in which the partner was there too."""
    partner = crowds[entry.other]
    if partner == who:
        return set()
    theirs = set()
    for e in evidence:
        if not measured(e) or e.person not in partner or e.other is None or crowds[e.other] != who:
            continue
        if (e.event, e.session, jst_day(e.scheduled_at)) == (entry.event, entry.session, jst_day(entry.scheduled_at)):
            theirs |= moments(e)
    return moments(entry) & theirs


def attended(own, who, crowds, evidence, threshold):
    """(on site, on line) of one person by this evidence of one event-day."""
    on_site = any(e.mode == "on_site" for e in own)
    online = [e for e in own if measured(e)]
    plain = [e for e in online if e.other is None]
    day, present, enough = set(), bool(plain), False
    for e in plain:
        day |= moments(e)
    for one in plain:
        room = [e for e in plain if one.session is not None and e.session == one.session]
        scheduled = max([e.scheduled_minutes or 0 for e in room], default=0)
        followed = set()
        for e in room:
            followed |= moments(e)
        enough |= 0 < scheduled < 20 and minutes(followed) >= scheduled / 2
    for one in online:
        if one.other is None:
            continue
        together = set()
        for e in online:
            if e.other is not None and (e.session, crowds[e.other]) == (one.session, crowds[one.other]):
                together |= met(e, who, crowds, evidence)
        day |= together
        present |= bool(together)
        enough |= minutes(together) >= 5
    return on_site, present and (enough or minutes(day) >= threshold)


def apart(entries):
    """The ledger in pieces that say nothing of one another; a merge, a meeting, a correction ties two people."""
    ledger = {entry.position: entry for entry in entries}
    neighbours = {}
    for entry in ledger.values():
        tied = [entry.person, entry.other, ledger[entry.subject].person if entry.subject in ledger else None]
        for one in tied:
            if one is not None:
                neighbours.setdefault(one, set()).update(tied)
    piece = {}
    for start in neighbours:
        waiting = [start]
        while waiting:
            one = waiting.pop()
            if one is not None and one not in piece:
                piece[one] = start
                waiting += neighbours[one]
    pieces = {}
    for entry in ledger.values():
        pieces.setdefault(piece[entry.person], []).append(entry)
    return list(pieces.values())


def count_apart(entries, year):
    """The same figures as `count`, piece by piece: for ledgers of a whole town."""
    total = {"by_country": {}, "sensitivity": {}}
    for piece in apart(entries):
        for name, value in count(piece, year).items():
            if name == "by_country":
                for country, row in value.items():
                    known = total[name].get(country, (0, 0, 0, 0))
                    total[name][country] = tuple(a + b for a, b in zip(known, row, strict=True))
            elif name == "sensitivity":
                for bar, people in value.items():
                    total[name][bar] = total[name].get(bar, 0) + people
            else:
                total[name] = total.get(name, 0) + value
    return total


def count(entries, year):  # noqa: C901 - one piece on purpose, read beside the rules
    """Every figure as a plain dict."""
    ledger = []
    for entry in entries:
        if entry not in ledger:
            ledger.append(entry)
    ledger = [e for e in ledger if not is_out(e, ledger)]
    merges = [e for e in ledger if e.kind == "merge" and e.other is not None]
    names = {e.person for e in ledger} | {e.other for e in ledger if e.other}
    crowds = {name: crowd(name, merges) for name in names}
    of_year = [e for e in ledger if e.scheduled_at is None or fiscal_year(e.scheduled_at) == year]
    evidence = [e for e in of_year if e.scheduled_at is not None and is_evidence(e)]

    def days(who, roles, scopes, threshold):
        own = [e for e in evidence if e.person in who and e.scope in scopes and role_of(e, who, of_year) in roles]
        result = {}
        for key in {(e.event, jst_day(e.scheduled_at)) for e in own}:
            same_day = [e for e in own if (e.event, jst_day(e.scheduled_at)) == key]
            seen = attended(same_day, who, crowds, evidence, threshold)
            if any(seen):
                result[key] = seen
        return result

    figure: dict[str, Any] = {
        "core_only": 0,
        "visits": 0,
        "participations": 0,
        "unknown_residence": 0,
        "with_exhibitors": 0,
    }
    figure |= {"conflicts": 0, "sensitivity": {"0": 0, "1": 0, "10": 0, "30": 0}}
    countries = {}
    for who in set(crowds.values()):
        country, conflict = residence_of(who, of_year)
        seen = days(who, COUNTABLE, {"core", "linked"}, 10)
        figure["conflicts"] += bool(seen) and conflict
        figure["unknown_residence"] += bool(seen) and country is None
        if country in (None, "JP"):
            continue
        figure["core_only"] += bool(days(who, COUNTABLE, {"core"}, 10))
        figure["with_exhibitors"] += bool(days(who, COUNTABLE | {"exhibitor"}, {"core", "linked"}, 10))
        for threshold in (0, 1, 10, 30):
            figure["sensitivity"][str(threshold)] += bool(days(who, COUNTABLE, {"core", "linked"}, threshold))
        if seen:
            figure["visits"] += len(seen)
            figure["participations"] += len({event for event, _ in seen})
            on_site = any(a for a, _ in seen.values())
            online = any(b for _, b in seen.values())
            row = countries.setdefault(country, [0, 0, 0, 0])
            for column, value in enumerate((True, on_site, online, on_site and online)):
                row[column] += value
    for column, name in enumerate(("people", "on_site", "online", "both")):
        figure[name] = sum(row[column] for row in countries.values())
    figure["by_country"] = {country: tuple(row) for country, row in countries.items()}
    return figure
