"""Who is the same person: keys of names, the rules 9 (c) to (e) of `kpi2-v1`, the review of doubles, corrections."""
