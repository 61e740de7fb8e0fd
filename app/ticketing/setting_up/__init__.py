"""What organisers set up: ticket types, places, questions, vouchers."""
