"""Releasing a result: the sealed bundle, two people who publish it, what everybody sees then; and the public vote."""
