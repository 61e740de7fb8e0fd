"""The only way to the content of an entry: who asks decides what there is."""
