"""What to do today, and how are we doing."""
