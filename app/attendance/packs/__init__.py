"""Gate packs: all that a phone needs to judge alone, signed and numbered, with nothing to read for a thief."""
