"""Domain errors: plain exceptions that carry a status, so that rules need no web framework."""

import re
from http import HTTPStatus
from typing import ClassVar

import msgspec

from app.core.i18n import gettext_lazy as _


class FieldError(msgspec.Struct, frozen=True):
    """One wrong field: its path (`party[0].residence`), a stable code, a sentence for people."""

    field: str
    code: str
    detail: str


class DomainError(Exception):
    """A rule of the business said no.

    Subclasses set `status` and `title`; the class name in kebab case is the problem type, so `SoldOut`
    answers `/problems/sold-out`. `extra` members go into the problem as they are.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.CONFLICT
    title: ClassVar[str] = _("The request conflicts with the present state.")

    def __init__(self, detail: str = "", **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail or str(self.title)
        self.extra = extra

    @classmethod
    def slug(cls) -> str:
        """The last part of the problem type."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class NotFound(DomainError):
    """The thing asked for does not exist, or must look as if it did not."""

    status = HTTPStatus.NOT_FOUND
    title = _("There is nothing here.")


class Invalid(DomainError):
    """Fields are wrong; `errors` names every one of them."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = _("Some fields need another look.")

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("", errors=errors)
        self.errors = errors

    def __str__(self) -> str:
        return "; ".join(f"{e.field}: {e.code}" for e in self.errors)


class BadRequest(DomainError):
    """The request cannot be read at all."""

    status = HTTPStatus.BAD_REQUEST
    title = _("The request cannot be read.")


class Unauthorized(DomainError):
    """Nobody is signed in, or the token is not valid."""

    status = HTTPStatus.UNAUTHORIZED
    title = _("Please sign in, or send a valid token.")


class Forbidden(DomainError):
    """Whoever asks is known, but this door is not theirs."""

    status = HTTPStatus.FORBIDDEN
    title = _("Your role does not open this door.")


class TooManyRequests(DomainError):
    """Too fast; `retry_after` in seconds becomes the `Retry-After` header."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    title = _("Too many requests; please wait a moment.")

    def __init__(self, detail: str = "", *, retry_after: int) -> None:
        super().__init__(detail, retry_after=retry_after)
        self.retry_after = retry_after


class Outdated(DomainError):
    """Somebody else saved in between. `errors` says what is stored now, `revision` lets the form be sent again."""

    status = HTTPStatus.CONFLICT
    title = _("Somebody else has saved this in the meantime.")

    def __init__(self, errors: list[FieldError], revision: int = 0) -> None:
        super().__init__("", errors=errors)
        self.errors = errors
        self.revision = revision
