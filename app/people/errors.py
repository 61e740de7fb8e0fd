"""Ways in which people say no."""

from http import HTTPStatus
from typing import ClassVar

from app.core.errors import DomainError, Forbidden
from app.core.i18n import gettext_lazy as _


class LinkExpired(DomainError):
    """The sign-in link was used, is too old, or was never ours: the same words for all three."""

    status = HTTPStatus.GONE
    title = _("This sign-in link no longer opens; please ask for a new one.")


class AddressTaken(DomainError):
    """Another account signs in with this address."""

    title = _("Another account of this role already uses this address.")


class InvitationClosed(DomainError):
    """The invitation was accepted, withdrawn, sent again, is too old, or was never ours: the same words for all."""

    status = HTTPStatus.GONE
    title = _("This invitation no longer opens; please ask for a new one.")


class ChallengeClosed(DomainError):
    """The link that proves a second address is too old, or was never ours: the same words for both."""

    status = HTTPStatus.GONE
    title = _("This link no longer opens; please ask for a new one.")


class MoreProof(DomainError):
    """The session is not good enough for this; `page` is where a browser is led to make it so."""

    status = HTTPStatus.FORBIDDEN
    page: ClassVar[str] = "/account/prove"


class StrongerSignIn(MoreProof):
    """This role needs more than a link sent by mail."""

    title = _("This role needs a stronger sign-in: a passkey, or what your city uses.")
    page = "/account/strengthen"


class FreshProof(MoreProof):
    """What is to be done is sensitive, and the last proof is too long ago."""

    title = _("This is sensitive: please prove once more that it is you.")


class PasskeyRefused(DomainError):
    """The passkey did not prove what it should; the same words whatever was wrong with it."""

    status = HTTPStatus.FORBIDDEN
    title = _("This passkey did not open the door. Try again, or use another way to sign in.")


class CeremonyOver(DomainError):
    """A step of signing in was done twice, took too long, or was begun in another browser."""

    status = HTTPStatus.GONE
    title = _("This took longer than five minutes, or was begun in another browser. Please start again.")


class CodeRefused(DomainError):
    """The one-time code is wrong, too old, or was used."""

    status = HTTPStatus.FORBIDDEN
    title = _("This code is not right, or was used already. Wait for the next one, and check the clock of your phone.")


class LastProof(DomainError):
    """The last way to prove who one is cannot be removed while a role needs it."""

    title = _("Your role needs this. Add another passkey first, then remove this one.")


class ProviderRefused(DomainError):
    """Signing in elsewhere (OpenID) did not lead to an account here."""

    status = HTTPStatus.FORBIDDEN
    title = _("Signing in there did not open a door here. Try again, or use another way to sign in.")


class LastAdmin(DomainError):
    """Without an administrator nobody could let anybody in again."""

    title = _("This is the last administrator; give somebody else the role first.")


class OwnAccount(DomainError):
    """Who suspends himself cannot take it back."""

    title = _("You cannot suspend your own account; ask somebody else.")


class NameTaken(DomainError):
    """Another person with this address has this name."""

    title = _("Somebody else under this address has this name already. If both are you, please write to us.")


class CodeClosed(DomainError):
    """The code was used, withdrawn, is too old, mistyped, or was never ours: the same words for all."""

    status = HTTPStatus.GONE
    title = _("This code enrols no phone; check it, or ask for a new one.")


class DeviceRevoked(Forbidden):
    """The phone was revoked: it may hand in what it holds, and nothing else."""

    title = _("This phone was revoked; ask whoever answers for the gate for a new code.")


class NeedsBrowser(Forbidden):
    """A token makes no tokens: a stolen one could live for ever."""

    title = _("Tokens are made by a person who is signed in with a browser.")
