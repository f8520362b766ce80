"""The stage of a refresh in which customers are made out: what is touched is closed, resolved and written at once."""
