"""Who judges what: worked out, taken or discarded, changed by hand, and what stands."""
