"""Pulling: when a source is read, what is kept of it, and the report of each reading."""
