"""What speaks for and against two people being one, in words."""

from app.attendance.identity.matching import Reason
from app.core.i18n import gettext_lazy as _
from app.ticketing import roles

REASONS: dict[Reason, object] = {
    "address": _("Same mail address"),
    "name": _("Same name, as far as their scripts can be compared"),
    "country": _("Same country of residence"),
    "organisation": _("Same organisation"),
    "no_organisation": _("One of them named no organisation"),
    "near_name": _("Names that differ by one letter"),
    "part_of_name": _("One name is a part of the other, such as without a middle name"),
    "other_script": _("Names in scripts that cannot be compared"),
    "other_characters": _("Same sound, other characters"),
}
DOUBTS: dict[Reason, object] = {
    "together": _("Registered together, as two people"),
    "other_reading": _("Names written alike, but read differently"),
    "short_name": _("A name of one word only"),
    "told_apart": _("An officer held somebody of this group to be another person"),
}
"""What keeps a rule from merging them."""
KINDS = {
    "scan": _("Read at a gate"),
    "manual": _("Checked in by hand"),
    "presence": _("Online, measured"),
    "import": _("Online, reported by a platform"),
    "void": _("Taken back"),
    "merge": _("Two records are one person"),
    "split": _("Merge undone"),
    "residence": _("Residence corrected"),
    "role": _("Role corrected"),
}
"""Kinds of ledger entries."""
ROLES = {**roles.ROLES, "contractor": _("Contractor"), "test": _("Test ticket")}
"""Roles under which somebody may take part; `kpi2-v1` says which of them count."""
