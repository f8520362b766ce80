"""Dates as forums write them: in words and numbers, absolute and relative, in the page's zone."""
