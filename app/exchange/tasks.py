"""Jobs of the exchange: ids in, one effect out."""
