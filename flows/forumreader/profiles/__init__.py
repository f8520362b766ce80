"""Posts and lists of known engines, read by what is known of each: `engines/*.yml`."""
