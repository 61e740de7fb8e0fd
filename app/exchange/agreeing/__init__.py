"""Partners, what was agreed with them, their sources, and the tokens that open our feeds."""
