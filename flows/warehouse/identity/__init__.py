"""The stage of a refresh that makes out customers: what is touched is closed, resolved and written at once."""
