"""What several pages show of messages: threads, waits, decisions, labels and their corrections."""
