"""The mails of ticketing: promised in the transaction that causes them, written and sent by the worker."""
