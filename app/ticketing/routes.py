"""Registration and ticket types, for programs."""

from dataclasses import dataclass
from typing import Annotated, Any, cast
from uuid import UUID

import litestar
from litestar import Controller, Response, delete, get, patch, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody

from app.core.errors import FieldError, NotFound
from app.core.i18n import gettext as _
from app.core.signing import open_capability
from app.core.web.request import Request
from app.ticketing.life import waiting_list
from app.ticketing.life.by import HOLDER
from app.ticketing.life.cancel import cancel
from app.ticketing.life.edits import ManagedRegistration, RegistrationPatch
from app.ticketing.life.patch import apply, managed
from app.ticketing.registering import holds, offers, uploads, voucher_tries
from app.ticketing.registering.register import register
from app.ticketing.schemas import HoldOut, HoldRequest, RegistrationOut, RegistrationRequest, TicketTypeOut, UploadOut

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
        typed = any(member.voucher for member in data.party)
        async with voucher_tries.counted(network=request.network, typed=typed, now=request.now):
            answer = await register(convention=convention, request=data, key=key, now=request.now)
        return Response(answer, media_type="application/json")

    @post("/conventions/{convention:str}/holds")
    async def hold(self, request: Request, convention: FromPath[str], data: JSONBody[HoldRequest]) -> HoldOut:
        """Keep places for a quarter of an hour, all of them or none."""
        return await holds.hold(convention=convention, wanted=data.wanted, now=request.now)

    @delete("/holds/{token:str}")
    async def release(self, request: Request, token: FromPath[str]) -> None:
        """Give the places of a hold back; one that is over does no harm."""
        found = holds.hold_of(token)
        if found is None:
            raise NotFound
        await holds.release(hold=found, now=request.now)


def _registration(token: str) -> UUID:
    """Return the registration that a link names; raises `NotFound`."""
    ids = open_capability("registration", token)
    if ids is None:
        raise NotFound
    return ids[0]


async def _managed(registration: UUID) -> ManagedRegistration:
    found = await managed(registration)
    if found is None:
        raise NotFound
    return found


class ManageController(Controller):
    """What whoever holds the link of a registration may do with its tickets, until `changes_until` of their type."""

    path = "/api/v1/registrations/{token:str}"
    tags = ["Registration"]

    @get()
    async def show(self, token: FromPath[str]) -> ManagedRegistration:
        """Show a registration with its tickets and their history."""
        return await _managed(_registration(token))

    @patch()
    async def change(
        self, request: Request, token: FromPath[str], data: JSONBody[RegistrationPatch], key: Key = None
    ) -> ManagedRegistration:
        """Change, pass on or cancel tickets, or give them new codes: all that is asked for, or nothing.

        With an `Idempotency-Key` the same request is done once, however often it comes.
        """
        registration = _registration(token)
        await apply(registration=registration, wish=data, by=HOLDER, now=request.now, key=key)
        return await _managed(registration)

    @delete(status_code=200)
    async def cancel(self, request: Request, token: FromPath[str]) -> ManagedRegistration:
        """Cancel all tickets; a place in the waiting list is given up as well."""
        registration = _registration(token)
        await cancel(registration=registration, by=HOLDER, now=request.now)
        return await _managed(registration)

    @post("/offer", status_code=200)
    async def accept(self, request: Request, token: FromPath[str], payment: FromQuery[str] = "") -> ManagedRegistration:
        """Take the places that were offered; `payment` is the way to pay, where something is to be paid."""
        registration = _registration(token)
        await waiting_list.accept(registration=registration, by=HOLDER, now=request.now, payment=payment)
        return await _managed(registration)

    @delete("/offer", status_code=200)
    async def decline(self, request: Request, token: FromPath[str]) -> ManagedRegistration:
        """Leave the places that were offered to others."""
        registration = _registration(token)
        await waiting_list.decline(registration=registration, by=HOLDER, now=request.now)
        return await _managed(registration)


@dataclass
class _FileOperation(Operation):
    """A request whose body is a file."""

    def __post_init__(self) -> None:
        """Say what the file may be."""
        file = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, content_encoding="binary"))
        self.request_body = RequestBody(content=dict.fromkeys(uploads.ENDINGS, file), required=True)


class UploadController(Controller):
    """Files as answers to questions of the form."""

    path = "/api/v1"
    tags = ["Registration"]

    @post(
        "/conventions/{convention:str}/uploads/{question:str}",
        operation_class=_FileOperation,
        request_max_body_size=uploads.LARGEST + 1,
    )
    async def upload(
        self, request: Request, convention: FromPath[str], question: FromPath[str], name: FromQuery[str] = ""
    ) -> UploadOut:
        """Keep a file (PDF, JPEG or PNG, at most 5 MB) for an answer; it waits 15 days for its registration."""
        found = await offers.offer(convention, now=request.now)
        asked = next((q.id for q in found.questions if q.slug == question and q.kind == "file"), None)
        if asked is None:
            raise NotFound(_("There is no such question."))
        declared = request.content_type[0]
        token = await uploads.store(
            question=asked, name=name, media_type=declared, data=await request.body(), now=request.now
        )
        return UploadOut(token)


HANDLERS = [RegistrationController, ManageController, UploadController]
