"""Entries: begun, filled in, signed off by every member, handed in, screened; and which of them are in a round."""
