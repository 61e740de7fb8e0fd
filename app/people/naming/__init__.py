"""Names in every script, in the forms in which they are compared. Pure."""
