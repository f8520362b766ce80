"""Hacker News: stories and comments that name a company or link to it, through its two public APIs."""
