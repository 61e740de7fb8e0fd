"""A year as it was frozen, restated, audited; and what officers enter with evidence."""
