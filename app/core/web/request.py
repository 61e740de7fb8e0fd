"""The request as handlers see it: with the time, the language and whoever asks."""

import datetime as dt
import re
from typing import Any

import litestar
import msgspec
from litestar.connection import ASGIConnection
from litestar.datastructures import FormMultiDict, State
from litestar.enums import RequestEncodingType
from litestar.handlers import BaseRouteHandler
from litestar.params import BodyKwarg

from app.core.errors import BadRequest
from app.core.i18n import gettext as _
from app.core.i18n import language
from app.core.settings import settings
from app.core.web.network import client_address, network_of
from app.core.web.refusals import TooLarge, WrongContentType

MOST_FIELDS = 2000
"""Fields of one form; our largest, a party of forty, has about 250."""
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json", re.ASCII)


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
    def network(self) -> str:
        """The network this request comes from, as `APP_TRUSTED_PROXIES` tells it: one IPv4 address, or an IPv6 /64."""
        return network_of(client_address(self.scope, settings().proxies))

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

    async def form(self) -> FormMultiDict:
        """Decode the form, or raise `TooLarge` before decoding when it holds too many fields."""
        if self.content_type[0] == RequestEncodingType.URL_ENCODED and (await self.body()).count(b"&") >= MOST_FIELDS:
            raise TooLarge
        return await super().form()


async def json_only(connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Refuse a body that is not declared as JSON where JSON is read: no other site's form can declare that."""
    field = getattr(handler, "parsed_data_field", None)
    if field is None or connection.scope["method"] == "OPTIONS":  # type: ignore[typeddict-item]
        return
    kind = field.kwarg_definition
    if isinstance(kind, BodyKwarg) and kind.media_type == RequestEncodingType.JSON:
        declared = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not _JSON.fullmatch(declared):
            raise WrongContentType


def _reason(error: Exception) -> str:
    return _("it is nested too deep.") if isinstance(error, RecursionError) else str(error)[:200]
