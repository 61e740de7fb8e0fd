"""Fixtures of the tests about conflicts."""

from tests.ticketing.conftest import mailbox

__all__ = ["mailbox"]
