"""Tests of who judges what."""
