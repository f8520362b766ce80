"""The stage of a refresh in which texts are understood: what is due, read in batches, written page by page."""
