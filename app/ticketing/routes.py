"""Registration and ticket types, for programs."""

from typing import Annotated, Any, cast

import litestar
from litestar import Controller, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, JSONBody

from app.core.errors import FieldError, NotFound
from app.core.signing import open_capability
from app.core.web.request import Request
from app.ticketing import offers, queries
from app.ticketing.register import register
from app.ticketing.schemas import RegistrationOut, RegistrationRequest, TicketTypeOut

Key = Annotated[str | None, HeaderParameter(name="Idempotency-Key", required=False)]


async def _load_offer(request: litestar.Request[Any, Any, Any]) -> None:
    """Have the offer at hand before the body is read, so that a malformed body is compared with it as well."""
    await offers.offer(request.path_params["convention"], now=cast("Request", request).now)


def _also_wrong(request: Request, raw: object) -> list[FieldError]:
    """List what the offer cannot fulfil, beside what is malformed."""
    found = offers.remembered(request.path_params["convention"])
    return offers.unfulfillable(raw, found, request.now) if found else []


class RegistrationController(Controller):
    """What can be had, and having it."""

    path = "/api/v1"
    tags = ["Registration"]

    @get("/conventions/{convention:str}/ticket-types")
    async def types(self, request: Request, convention: FromPath[str]) -> list[TicketTypeOut]:
        """List the ticket types with the places left."""
        return await offers.ticket_types(convention, now=request.now)

    @post(
        "/conventions/{convention:str}/registrations",
        before_request=_load_offer,
        opt={"also_wrong": _also_wrong},
        responses={201: ResponseSpec(RegistrationOut, description="Registered; the same key gives the same bytes.")},
    )
    async def create(
        self, request: Request, convention: FromPath[str], data: JSONBody[RegistrationRequest], key: Key = None
    ) -> Response[bytes]:
        """Register one person or a party; `Idempotency-Key` makes it safe to ask again."""
        answer = await register(convention=convention, request=data, key=key, now=request.now)
        return Response(answer, media_type="application/json")

    @get("/registrations/{token:str}")
    async def show(self, token: FromPath[str]) -> RegistrationOut:
        """Show a registration to whoever holds its link."""
        ids = open_capability("registration", token)
        found = await queries.registration(ids[0]) if ids else None
        if found is None:
            raise NotFound
        return found


HANDLERS = [RegistrationController]
