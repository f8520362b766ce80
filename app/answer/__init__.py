"""Whom to answer, one decision a key, and every conversation to find and read whole."""
