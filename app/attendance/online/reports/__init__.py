"""Reports of video platforms: read, looked at line by line, taken as evidence, and reviewed where nobody is sure."""
