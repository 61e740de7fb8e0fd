"""Deciding: what the scores of a round say and how surely, and what the jury makes of it."""
