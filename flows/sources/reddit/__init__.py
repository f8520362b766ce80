"""Reddit: submissions and comments of subreddits, searches and users, by its official API."""
