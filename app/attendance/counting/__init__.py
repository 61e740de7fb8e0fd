"""Counting people who just walk up to an open festival: a line of its own, never part of the unique number."""
