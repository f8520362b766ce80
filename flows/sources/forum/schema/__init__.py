"""Posts that a page describes in the words of schema.org."""
