"""Posts of an engine that nobody knows, found by what repeats on a page."""
