"""What entries are about and judges know: one list for both, so that they can be matched."""

from app.core.i18n import gettext_lazy as _

TOPICS: dict[str, str] = {
    "energy": _("Energy"),
    "buildings": _("Buildings and heat"),
    "mobility": _("Mobility"),
    "industry": _("Industry and materials"),
    "circular": _("Circular economy"),
    "water": _("Water and sea"),
    "food": _("Food and farming"),
    "nature": _("Nature and land"),
    "carbon": _("Carbon capture and removal"),
    "data": _("Data and digital services"),
    "finance": _("Finance and markets"),
    "citizens": _("Citizens and daily life"),
}
