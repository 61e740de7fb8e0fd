"""Shared vectors: what both engines, the server's and the scanner's, must answer, stated by hand.

`python -m tests.vectors.build` writes them to the files beside.
"""
