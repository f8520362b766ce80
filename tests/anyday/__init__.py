"""Other days' clocks, and the tests under them."""
