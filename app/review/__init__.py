"""What machines are not sure of, for people to answer."""
