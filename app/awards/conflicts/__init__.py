"""Who has a tie to an entry: declared by judges, found by names, decided by the secretary; recusals are for ever."""
