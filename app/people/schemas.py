"""What people declare of themselves, and how it is kept."""

import msgspec


class Details(msgspec.Struct, frozen=True, omit_defaults=True):
    """The sealed part of a person or ticket: the name as its bearer writes it, an optional reading, an address."""

    name: str
    email: str
    reading: str = ""
    organisation: str = ""


class Declared(msgspec.Struct, frozen=True):
    """One person of a party as declared; `residence` ISO 3166-1 alpha-2, `twin` counts equal names in one party."""

    details: Details
    residence: str
    twin: int = 0
