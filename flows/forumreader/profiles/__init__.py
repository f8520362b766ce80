"""Reads threads and lists of known engines by their profiles, `engines/*.yml`."""
