"""The roles in which people hold tickets, and what they are called."""

from app.core.i18n import gettext_lazy as _

ROLES = {
    "visitor": _("Visitor"),
    "delegate": _("Delegate"),
    "speaker": _("Speaker"),
    "award_entrant": _("Award entrant"),
    "city_delegation": _("City delegation"),
    "student": _("Student"),
    "exhibitor": _("Exhibitor"),
    "press": _("Press"),
    "staff": _("Staff"),
}
