"""Ways in which the review of doubles and corrections say no."""

from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _


class AlreadyDecided(DomainError):
    """Somebody else has decided about this pair meanwhile; a decision is first undone, then made anew."""

    title = _("This pair has been decided already.")


class NotDecided(DomainError):
    """There is nothing to take back."""

    title = _("Nothing has been decided about this pair.")


class PersonErased(DomainError):
    """One of the two was erased: nobody can compare them any more."""

    title = _("One of the two has been erased, and can be compared no more.")


class EntryGone(DomainError):
    """What is to be corrected stands no more: it was voided or split before."""

    title = _("This entry has been taken back already.")
