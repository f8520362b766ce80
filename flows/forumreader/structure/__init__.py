"""Reads pages of unknown engines by what repeats on them."""
