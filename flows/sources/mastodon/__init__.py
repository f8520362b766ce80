"""Mastodon as a source: statuses of any server that speaks its API (Mastodon, GoToSocial, Pleroma, snac, …)."""
