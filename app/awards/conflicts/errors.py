"""Ways in which conflicts say no."""

from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _


class ConflictDecided(DomainError):
    """Somebody has decided about a conflict before; a recusal is never taken back."""

    title = _("This has been decided already. A recusal stays for ever.")


class ListChanged(DomainError):
    """Between reading the list of a declaration and sending it, parties came or went."""

    title = _("The list has changed since you opened it. Please look through it again.")
