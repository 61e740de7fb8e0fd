"""Where a payer is sent on to."""

import msgspec


class Redirect(msgspec.Struct, frozen=True):
    """An address at a provider where somebody pays; `https` always."""

    address: str
