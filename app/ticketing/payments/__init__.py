"""Payments: what is owed to whom, until when, and the ways to pay."""
