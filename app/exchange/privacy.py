"""Hands the times after which readings of partners' calendars are cleared to the packages below."""

import app.exchange.pulling.kept  # noqa: F401  # registers them
