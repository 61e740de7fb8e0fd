"""What waits on the start page of whoever runs an award."""

import datetime as dt

from app.awards.conflicts import queries as conflicts
from app.awards.scoring import queue
from app.core.db import fetch
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.people.roles import Principal
from app.people.waiting import Todo, waits

SOON = dt.timedelta(days=2)
"""So long before the end of a round its judges are warned."""
_RUNS = frozenset({"secretary", "officer", "admin"})
_UNSCREENED = """
SELECT a.slug, r.id, count(*) AS many FROM award_round r JOIN award_category g ON g.id = r.category
JOIN award a ON a.id = g.award JOIN award_entry e ON e.category = g.id
WHERE r.kind = 'eligibility' AND r.state = 'open' AND e.state = 'submitted' AND ($1::uuid[] IS NULL OR a.id = ANY($1))
  AND NOT EXISTS (SELECT FROM screening s WHERE s.entry = e.id AND s.round = r.id AND s.decided_at >= e.submitted_at)
GROUP BY a.slug, r.id, g.position ORDER BY a.slug, g.position
"""


@waits
async def entries_to_screen(principal: Principal, now: dt.datetime) -> list[Todo]:  # noqa: ARG001  # as every `Ask`
    """Return how many entries of each screening nobody has decided about."""
    if principal.role not in _RUNS:
        return []
    return [
        Todo(
            row["many"],
            ngettext("%(n)s entry waits for screening", "%(n)s entries wait for screening", row["many"]),
            f"/awards/{row['slug']}/rounds/{row['id']}/screening",
            _("Screen"),
        )
        for row in await fetch(_UNSCREENED, principal.scope.awards)
    ]


_PROPOSED = """
SELECT a.slug, w.round FROM award_release w JOIN award_round r ON r.id = w.round
JOIN award_category g ON g.id = r.category JOIN award a ON a.id = g.award
WHERE w.approved_at IS NULL AND w.withdrawn_at IS NULL AND w.proposed_by <> $1
  AND ($2::uuid[] IS NULL OR a.id = ANY($2))
ORDER BY w.proposed_at
"""


@waits
async def results_to_approve(principal: Principal, now: dt.datetime) -> list[Todo]:  # noqa: ARG001  # as every `Ask`
    """Return the results that somebody else has proposed."""
    if principal.role not in _RUNS:
        return []
    return [
        Todo(
            1,
            _("A result is proposed and waits for you, or for somebody else, to approve it"),
            f"/awards/{row['slug']}/rounds/{row['round']}/release",
            _("Look at it"),
            "warning",
        )
        for row in await fetch(_PROPOSED, principal.account, principal.scope.awards)
    ]


@waits
async def ties_to_decide(principal: Principal, now: dt.datetime) -> list[Todo]:  # noqa: ARG001  # as every `Ask`
    """Return how many ties of each award nobody has decided about."""
    if principal.role not in _RUNS:
        return []
    return [
        Todo(
            row["n"],
            ngettext(
                "%(n)s tie between a judge and an entry waits for you",
                "%(n)s ties between judges and entries wait for you",
                row["n"],
            ),
            f"/awards/{row['slug']}/rounds/{row['round']}/conflicts",
            _("Decide"),
            "warning",
        )
        for row in await conflicts.waiting(principal)
    ]


@waits
async def entries_to_judge(principal: Principal, now: dt.datetime) -> list[Todo]:
    """Return what is left to a judge in each open round, and warn on its last two days."""
    return [
        Todo(
            one.undeclared or one.amount.left,
            _judging_words(one),
            f"/judging/{one.award}/declare" if one.undeclared else one.address,
            _("Declare") if one.undeclared else _("Judge"),
            "warning" if one.closes_at - now < SOON else "",
        )
        for one in await queue.sittings(principal, now)
        if one.phase in {"open", "grace"}
    ]


def _judging_words(one: queue.Sitting) -> str:
    if one.undeclared:
        return ngettext(
            "%(n)s entry waits for your declaration.", "%(n)s entries wait for your declaration.", one.undeclared
        )
    if one.method == "pairs":
        return ngettext("%(n)s pair waits for you to compare", "%(n)s pairs wait for you to compare", one.amount.left)
    if one.method == "ranks":
        return _("Your order of the entries is not submitted yet")
    return ngettext("%(n)s entry waits for you to judge", "%(n)s entries wait for you to judge", one.amount.left)
