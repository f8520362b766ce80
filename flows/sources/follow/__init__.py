"""What sources of social networks have in common: lists newest first, threads, and posts that are watched."""
