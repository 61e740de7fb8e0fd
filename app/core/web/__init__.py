"""The web frame every page and API route stands in."""
