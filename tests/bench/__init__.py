"""The bench: the product as it runs in production, measured from a second process."""
