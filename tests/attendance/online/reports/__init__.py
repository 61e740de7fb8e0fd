"""Reports of video platforms: readers, weighing, taking, deciding."""
