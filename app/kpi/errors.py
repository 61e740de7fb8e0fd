"""Ways in which the KPI says no."""

from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _


class AlreadyFrozen(DomainError):
    """A year is frozen once; later corrections are published as a restated value beside it."""

    title = _("This fiscal year is frozen already. Publish a restated value instead.")


class TooEarly(DomainError):
    """Before 30 June after the year's end, freezing needs a reason: it cannot be taken back."""

    title = _("The fiscal year is not due to be frozen yet. Say why, if it has to be now.")


class NotFrozen(DomainError):
    """Only a frozen year can be restated, audited or recomputed."""

    title = _("This fiscal year is not frozen yet.")


class NothingToRestate(DomainError):
    """The ledger says what was published last."""

    title = _("The ledger counts what was published last; there is nothing to restate.")


class LedgerDiffers(DomainError):
    """The ledger does not hold the head that a figure was counted up to: it was changed, or is another one."""

    title = _("The ledger does not hold the head that this figure stands on. Verify it, and compare with a backup.")


class AlreadyAudited(DomainError):
    """One sample is drawn for a frozen year: drawing until one pleases would be no audit."""

    title = _("The sample of this fiscal year is drawn already.")


class AuditClosed(DomainError):
    """What a closed audit found is published and stands."""

    title = _("This audit is closed; its findings stand.")


class AuditOpen(DomainError):
    """Records of the sample have not been looked at."""

    title = _("Some records of the sample have not been looked at.")
