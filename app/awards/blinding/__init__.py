"""Blind judging: what could say who stands behind an entry is taken out of its texts and its files."""

from app.awards.blinding.files import Unclean, clean_file
from app.awards.blinding.leaks import Leak, leaks, leaks_in_file
from app.awards.blinding.words import MARK, Hiding, Names, hiding

__all__ = ["MARK", "Hiding", "Leak", "Names", "Unclean", "clean_file", "hiding", "leaks", "leaks_in_file"]
