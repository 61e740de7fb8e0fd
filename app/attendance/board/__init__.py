"""The live board: who is inside where, how fast people come, what is refused, how the phones at the gates are."""
