"""What the pages of whoever runs an award have in common: navigation, crumbs, words of states."""

import datetime as dt
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from app.awards.reach import AwardRef, RoundRef
from app.awards.setting.categories import Category
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, text
from app.events.history import FIELDS
from app.people.policy import POLICY

Crumb = tuple[str, str]
KINDS = {
    "eligibility": gettext_lazy("Eligibility"),
    "document": gettext_lazy("Judging of documents"),
    "final": gettext_lazy("Final"),
}
METHODS = {
    "pass_fail": gettext_lazy("Passed or failed"),
    "scores": gettext_lazy("Scores by a rubric"),
    "pairs": gettext_lazy("Two entries compared at a time"),
    "ranks": gettext_lazy("Each judge puts the entries in order"),
}
PEERS = {
    "own": gettext_lazy("Their own sheets only"),
    "after_own": gettext_lazy("Others’ sheets of an entry once they have sent in their own"),
    "after_close": gettext_lazy("Others’ sheets once the round is closed"),
}
CARRY = {
    "all": gettext_lazy("All entries"),
    "passed": gettext_lazy("Entries that passed"),
    "best": gettext_lazy("The best entries"),
}
MISSING = {
    "unjudged-v1": gettext_lazy("The sheet gives no score"),
    "reweighted-v1": gettext_lazy("The other weights are scaled up"),
    "lowest-v1": gettext_lazy("A missing criterion counts as the lowest level"),
}
TIES = {
    "highest-points-v1": gettext_lazy("The highest single scores decide"),
    "most-judges-v1": gettext_lazy("The number of judges who gave a score decides, then the highest scores"),
    "no-weak-point-v1": gettext_lazy("The best of the lowest scores decides"),
}
STATES = {
    "draft": (gettext_lazy("Draft"), "quiet"),
    "open": (gettext_lazy("Under way"), "success"),
    "closed": (gettext_lazy("Closed"), ""),
    "released": (gettext_lazy("Released"), "accent"),
}
"""Word and colour of each state of a round."""
PHASES = {
    "before": (gettext_lazy("Not open yet"), "quiet"),
    "open": (gettext_lazy("Open for entries"), "success"),
    "grace": (gettext_lazy("Open for entries"), "warning"),
    "closed": (gettext_lazy("Closed"), ""),
}
DONE = {
    "published": gettext_lazy("Published. Everybody can see it now."),
    "unpublished": gettext_lazy("Hidden again."),
    "opened": gettext_lazy("The round is open, and its rules are pinned."),
    "closed": gettext_lazy("The round is closed."),
    "extended": gettext_lazy("The round ends later."),
    "reopened": gettext_lazy("The entry is open again, and whoever leads it is told."),
    "screened": gettext_lazy("Written down, and whoever leads the entry is told."),
}
FIELDS.update(
    {
        "grace": gettext_lazy("Grace in seconds"),
        "least_members": gettext_lazy("Fewest members"),
        "kind": gettext_lazy("Kind of round"),
        "method": gettext_lazy("How it is judged"),
        "rubric": gettext_lazy("Rubric"),
        "each": gettext_lazy("Judges for each entry"),
        "least": gettext_lazy("Fewest entries of a judge"),
        "most": gettext_lazy("Most entries of a judge"),
        "carry_count": gettext_lazy("How many go on"),
        "best": gettext_lazy("Winners"),
        "public_percent": gettext_lazy("Weight of the public vote in percent"),
        "vote_opens_at": gettext_lazy("The vote opens"),
        "vote_closes_at": gettext_lazy("The vote closes"),
        "reminders": gettext_lazy("Reminders, hours before the end"),
        "key": gettext_lazy("Short name"),
        "weight": gettext_lazy("Weight"),
        "help": gettext_lazy("What is looked at"),
        "levels": gettext_lazy("Levels"),
        "judges": gettext_lazy("Judges"),
        "chair": gettext_lazy("Chair"),
        "reason": gettext_lazy("Reason"),
        "topics": gettext_lazy("Topics"),
    }
)
PARTS = (
    ("entries", gettext_lazy("Award entries")),
    ("judges", gettext_lazy("Judges")),
    ("rubrics", gettext_lazy("Rubrics")),
    ("settings", gettext_lazy("Texts and languages")),
)
"""Pages below an award."""
STEPS = (
    ("screening", gettext_lazy("Screening")),
    ("panel", gettext_lazy("Panel")),
    ("conflicts", gettext_lazy("Conflicts")),
    ("assignments", gettext_lazy("Assignments")),
    ("progress", gettext_lazy("Progress")),
    ("ranking", gettext_lazy("Ranking")),
    ("deliberation", gettext_lazy("Deliberation")),
    ("release", gettext_lazy("Release of the result")),
)
"""Pages below a round, in the order of the work; those that there are no routes for are left out."""


def address(award: AwardRef, *parts: object) -> str:
    """Return the address of an award in the console, or of something below it."""
    return "/".join(["/awards", award.slug, *map(str, parts)])


def round_address(found: RoundRef, *parts: object) -> str:
    """Return the address of a round in the console, or of something below it."""
    return address(found.award, "rounds", found.id, *parts)


def award_frame(award: AwardRef, *crumbs: Crumb) -> dict[str, Any]:
    """Return what `awards/setting/frame.html` shows around a page of an award; the last crumb is the page itself."""
    return {
        "award": award,
        "base": address(award),
        "award_links": [("/awards", _("Awards")), (address(award), _("Overview")), *_parts(award)],
        "crumbs": [("/awards", _("Awards")), (address(award), text(award.title)), *crumbs],
        "done_words": DONE,
    }


def _parts(award: AwardRef) -> Sequence[Crumb]:
    return [(address(award, part), str(words)) for part, words in PARTS if f"GET /awards/{{}}/{part}" in _routes()]


@cache
def _routes() -> frozenset[str]:
    """Return the routes there are, whatever their parameters are called."""
    return frozenset(re.sub(r"\{\w+\}", "{}", route) for route in POLICY)


def round_frame(found: RoundRef, *crumbs: Crumb) -> dict[str, Any]:
    """Return what `awards/setting/round_frame.html` shows around a page of a round."""
    here = (round_address(found), text(found.title))
    return {
        **award_frame(found.award, here, *crumbs),
        "round": found,
        "round_base": round_address(found),
        "round_state": STATES[found.state],
        "round_tabs": [(round_address(found), _("Overview")), *_steps(found)],
    }


def _steps(found: RoundRef) -> Sequence[Crumb]:
    routes = {part: f"GET /awards/{{}}/rounds/{{}}/{part}" for part, _words in STEPS}
    left_out = set() if found.kind == "eligibility" else {"screening"}
    return [
        (round_address(found, part), str(words))
        for part, words in STEPS
        if part not in left_out and routes[part] in _routes()
    ]


def phase_words(category: Category, now: dt.datetime) -> tuple[str, str]:
    """Return the word and the colour of where a category stands."""
    return PHASES[category.phase(now)]


def options(words: dict[str, str]) -> list[tuple[str, str]]:
    """Return what a select offers."""
    return [(value, str(said)) for value, said in words.items()]
