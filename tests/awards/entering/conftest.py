"""Fixtures of the tests about entries."""

from tests.ticketing.conftest import mailbox

__all__ = ["mailbox"]
