"""Scans on their way in: stored once, judged once, answered for ever the same."""
