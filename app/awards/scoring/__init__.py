"""Judges at work: their queue, their sheets, pairs and orders, who has how much done, and being reminded of it."""
