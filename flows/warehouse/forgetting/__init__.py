"""People who ask to be forgotten: who they are here, what is held of them, and its erasure."""
