"""The request as handlers see it: with the time, the language and whoever asks."""

import datetime as dt
from typing import Any

import litestar
import msgspec
from litestar.datastructures import State

from app.core.errors import BadRequest
from app.core.i18n import gettext as _
from app.core.i18n import language


class Request(litestar.Request[Any, Any, State]):
    """A request that knows `now` (one instant for all it does) and the reader's `language`."""

    @property
    def now(self) -> dt.datetime:
        """The time of this request, UTC."""
        moment: dt.datetime = self.scope["state"].get("now") or self.app.state.clock()
        self.scope["state"]["now"] = moment
        return moment

    @property
    def language(self) -> str:
        """The reader's language, one of `LANGUAGES`."""
        return language()

    @property
    def nonce(self) -> str:
        """The nonce of this answer's content security policy."""
        value: str = self.scope["state"].get("nonce", "")
        return value

    @property
    def is_api(self) -> bool:
        """Whether errors are answered as problem details rather than as a page."""
        return self.scope["path"].startswith(("/api/", "/health", "/metrics")) or "text/html" not in self.headers.get(
            "accept", ""
        )

    async def json(self) -> Any:
        """Decode the body, or raise `BadRequest` saying where it stops being JSON."""
        if "body" in self.scope["state"]:
            return self.scope["state"]["body"]
        raw = await self.body()
        try:
            value = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequest(_("The body is not valid JSON: %(reason)s", reason=_reason(error))) from error
        self.scope["state"]["body"] = value
        return value


def _reason(error: Exception) -> str:
    return _("it is nested too deep.") if isinstance(error, RecursionError) else str(error)[:200]
