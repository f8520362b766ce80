"""Following a forum: what is known of it, what changed, what is gone."""
