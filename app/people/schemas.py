"""What people declare of themselves, and how it is kept."""

import msgspec


class Details(msgspec.Struct, frozen=True, omit_defaults=True):
    """The sealed part of a person or ticket: the name as its bearer writes it, an optional reading, an address.

    What follows `organisation` is declared with a ticket, and sealed with the ticket only.
    """

    name: str
    email: str
    reading: str = ""
    organisation: str = ""
    child: bool = False
    needs: tuple[str, ...] = ()
    needs_note: str = ""
    languages: tuple[str, ...] = ()

    @property
    def has_needs(self) -> bool:
        """Whether they tell what the person needs to take part."""
        return bool(self.needs or self.needs_note)

    def of_person(self) -> "Details":
        """Return what is kept of the person beyond this ticket."""
        return Details(self.name, self.email, self.reading, self.organisation)


class Declared(msgspec.Struct, frozen=True):
    """One person of a party as declared; `residence` ISO 3166-1 alpha-2, `twin` counts equal names in one party."""

    details: Details
    residence: str
    twin: int = 0
