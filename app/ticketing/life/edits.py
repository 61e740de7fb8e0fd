"""What may be changed of a ticket, and who takes it over, as it is sent; every field is checked before any is used."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from app.core.validation import Line, MaybeAddress, Name, Slug
from app.ticketing.life.history import HistoryLine
from app.ticketing.schemas import LARGEST_PARTY, MOST_ANSWERS, Answered, Country, Need, RegistrationOut

Needs = Annotated[tuple[Need, ...], msgspec.Meta(max_length=9)]
Languages = Annotated[tuple[Line, ...], msgspec.Meta(max_length=6)]
Sessions = Annotated[tuple[UUID, ...], msgspec.Meta(max_length=20)]
Answers = Annotated[dict[Slug, Answered], msgspec.Meta(max_length=MOST_ANSWERS)]


class TicketEdit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What changes of a ticket; what is not sent stays. `sessions` are all that it reserves from now on.

    An `email` of "" is that of whoever registered. `answers` by the slugs of the questions, "" takes one back.
    """

    name: Name | UnsetType = UNSET
    reading: Line | UnsetType = UNSET
    organisation: Line | UnsetType = UNSET
    residence: Country | UnsetType = UNSET
    email: MaybeAddress | UnsetType = UNSET
    child: bool | UnsetType = UNSET
    needs: Needs | UnsetType = UNSET
    needs_note: Line | UnsetType = UNSET
    languages: Languages | UnsetType = UNSET
    sessions: Sessions | UnsetType = UNSET
    answers: Answers | UnsetType = UNSET


class NewHolder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The person who takes a ticket over, as declared; without an `email` mail goes to whoever registered."""

    name: Name
    residence: Country
    reading: Line = ""
    organisation: Line = ""
    email: MaybeAddress = ""
    child: bool = False
    needs: Needs = ()
    needs_note: Line = ""
    languages: Languages = ()
    answers: Answers = {}


class TicketPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is done with one ticket: exactly one of `change`, `transfer`, `cancel` and `reissue`."""

    id: UUID
    change: TicketEdit | UnsetType = UNSET
    transfer: NewHolder | UnsetType = UNSET
    cancel: bool = False
    reissue: bool = False

    @property
    def asked(self) -> list[str]:
        """What is asked for."""
        values = {"change": self.change, "transfer": self.transfer, "cancel": self.cancel, "reissue": self.reissue}
        return [name for name, value in values.items() if value is not UNSET and value is not False]


class RegistrationPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is done with the tickets of a registration: all of it, or nothing."""

    tickets: Annotated[list[TicketPatch], msgspec.Meta(min_length=1, max_length=LARGEST_PARTY)]


class ManagedRegistration(RegistrationOut, frozen=True):
    """A registration as whoever manages it sees it, with the history of its tickets."""

    history: list[HistoryLine] = []
