"""How are we doing, and whom must we answer."""
