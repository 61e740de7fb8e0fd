"""Why nothing could be fetched."""

from typing import Final

CODES: Final = (
    "address_malformed",
    "address_refused",
    "not_https",
    "port",
    "userinfo",
    "name_unknown",
    "unreachable",
    "too_many_redirects",
    "too_slow",
    "too_large",
    "bomb",
    "cut_off",
    "encoding",
    "protocol",
    "status",
    "tls",
    "tls_expired",
    "tls_name",
    "tls_untrusted",
)
"""Said by `words.py`."""


class Unreachable(Exception):
    """Nothing usable came back; `code` is one of `CODES`, and neither it nor the message tells the address.

    `status` is the HTTP status, 0 where there was none; `retry_after` the seconds for which the server asks us to wait.
    """

    def __init__(self, code: str, *, status: int = 0, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.retry_after = retry_after
