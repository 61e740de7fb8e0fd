"""What a reading of a source changes: which version is newer, what has disappeared, what waits for an officer."""
