"""What somebody may need to take part, in words."""

from collections.abc import Mapping
from typing import Final

from app.core.i18n import gettext_lazy as _
from app.ticketing.schemas import Need

NEEDS: Final[Mapping[Need, str]] = {
    "wheelchair": _("Wheelchair access"),
    "hearing_loop": _("Hearing loop"),
    "sign_language": _("Sign language interpreter"),
    "captions": _("Captions"),
    "large_print": _("Large print"),
    "guide_dog": _("Coming with an assistance dog"),
    "companion": _("Coming with a companion who assists"),
    "quiet_place": _("A quiet place to rest"),
    "other": _("Something else"),
}
"""Every `Need` as it is said to people; whoever means something else says what in a note."""


def in_words(needs: tuple[str, ...], note: str = "") -> list[str]:
    """Return needs in the reader's language, with what was noted; words of ours that are gone stay as they are."""
    said = [str(NEEDS.get(need, need)) for need in needs]  # type: ignore[call-overload]
    return [*said, note] if note else said
