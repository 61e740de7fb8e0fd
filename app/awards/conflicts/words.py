"""Conflicts in words."""

from app.awards.conflict_match.ties import Tie
from app.awards.conflicts.schemas import Source, State
from app.core.i18n import gettext_lazy as _

TIES: dict[Tie, object] = {
    "person": _("The same person, or a relative"),
    "organisation": _("The same organisation"),
    "group": _("A company of the same group"),
    "city": _("The government of the same city"),
    "former_employer": _("A former employer"),
    "other": _("Another tie"),
}
SOURCES: dict[Source, object] = {
    "declared": _("Declared by the judge"),
    "detected": _("Found by names"),
    "secretary": _("Written down by the office"),
}
STATES: dict[State, tuple[object, str]] = {
    "proposed": (_("To be decided"), "warning"),
    "confirmed": (_("Confirmed"), "error"),
    "dismissed": (_("Dismissed"), "quiet"),
}
"""Word and colour of each state."""
DECISIONS = {
    "confirmed": (_("Confirm"), _("The judge has nothing to do with this entry any more, ever.")),
    "dismissed": (_("Dismiss"), _("There is no tie that matters.")),
}
