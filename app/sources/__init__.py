"""The Data page: what is collected, and what stands in the way."""
