"""The commands of `machi`: composition roots, each imported when it is called."""
