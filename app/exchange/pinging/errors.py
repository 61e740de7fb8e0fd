"""Ways in which a ping is refused; one that is not signed by us both finds nothing."""

from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _


class PingCameBefore(DomainError):
    """The very same ping was taken already: somebody sends it once more."""

    title = _("This ping has come already. Sign a new one with the time of now.")
