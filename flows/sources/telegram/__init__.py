"""Telegram: posts of public channels, read from their web preview through snscrape (an extra)."""
