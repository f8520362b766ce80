"""Separates what an author wrote from quotes, signatures and controls."""
