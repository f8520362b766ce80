"""How the models are made: from which texts, how, and how good they are on writers they never read."""
