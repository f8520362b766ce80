"""Bluesky as a source: posts of any service that speaks its API (app.bsky)."""
