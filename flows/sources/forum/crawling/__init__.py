"""Follows a forum: what is known of it, what changed, what was deleted."""
