"""Find a conversation and read it whole."""
